import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import { git } from "../../../../src/recipes/deploy/strategies/git.ts";
import { createGitOrigin, createWorld, type GitOrigin, type World } from "../../../contracts/strategy-world.ts";
import { createShellHost, type Ran } from "../shell-host.ts";

const ID = "20261120101500";
export const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(63)}1\nsize 9\n`;

/** A host and a repository for each test. */
export let world: World<GitOrigin>;

beforeEach(() => {
  world = createWorld(git, createGitOrigin, createShellHost());
});
afterEach(() => {
  vi.unstubAllEnvs();
  world.remove();
});

export const release = (path = ""): string => join(world.host.paths.releases, ID, path);

/** The configuration of the user on the host. */
export const configure = (text: string): void => writeFileSync(join(world.host.paths.root, "../.gitconfig"), text);

export const build = async (settings: Readonly<Record<string, unknown>> = {}): Promise<Ran> => {
  rmSync(release(), { recursive: true, force: true });
  return world.build(ID, settings);
};

/** What the host has for tar. */
export function putTar(body: string): void {
  putProgram("tar", body);
}

/** What the host has in the place of a program: text for its shell. */
export function putProgram(name: string, body: string): void {
  const bin = join(world.host.paths.root, "../bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  if (process.env["PATH"]?.startsWith(`${bin}:`) !== true) vi.stubEnv("PATH", `${bin}:${process.env["PATH"]}`);
}
