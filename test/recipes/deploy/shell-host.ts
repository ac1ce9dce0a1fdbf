import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { quote } from "../../../src/command/quote.ts";
import { signOfLife } from "../../../src/recipes/deploy/lock.ts";
import type { NewOwner } from "../../../src/recipes/deploy/lock-owner.ts";
import { takeLock } from "../../../src/recipes/deploy/lock-taking.ts";
import type { DeployPaths } from "../../../src/recipes/deploy/paths.ts";
import { HOLD } from "../../../src/transport/host-side/hold.ts";
import { type Shell, shells } from "../../command/shells.ts";
import { pathsBelow } from "./paths-below.ts";

export { shells } from "../../command/shells.ts";

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunInShell {
  readonly vars?: Readonly<Record<string, string>>;
  readonly stdin?: Buffer;
  /** User and group to run as: only root can be somebody else. */
  readonly uid?: number;
}

/** A directory that plays a host's deploy path; scripts run on it in a real shell. */
export interface ShellHost {
  readonly paths: DeployPaths;
  run(script: string, options?: RunInShell): Ran;
  /** The same without waiting: gives the exit code. */
  start(script: string, options?: { readonly vars?: Readonly<Record<string, string>> }): Promise<number | null>;
  /** Paths relative to the deploy path. */
  write(path: string, content: string): void;
  read(path: string): string;
  exists(path: string): boolean;
  link(path: string, target: string): void;
  /** What a link says; undefined when there is none. */
  target(path: string): string | undefined;
  /** A finished release, as a deploy leaves it. */
  release(id: string, options?: { readonly journal?: string; readonly log?: boolean; readonly sha?: string }): void;
  remove(): void;
}

export const SHA = "1234567890abcdef1234567890abcdef12345678";

/** @param name of the directory: with blanks and quotes, because users have those */
export function createShellHost(shell: Shell = shells[0]!, name = "it's an app"): ShellHost {
  const folder = mkdtempSync(join(tmpdir(), "fake-host-"));
  const root = join(folder, name);
  const paths = pathsBelow(root);
  const at = (path: string): string => join(root, path);
  // yash takes no other text than that of its locale.
  const env = () => ({ PATH: process.env["PATH"], HOME: folder, ...(shell.name === "yash" ? { LC_ALL: "C.UTF-8" } : {}) });
  const host: ShellHost = {
    paths,
    run(script, { vars = {}, stdin, uid } = {}) {
      const [file, ...args] = shell.argv;
      const ran = spawnSync(file, [...args, "-c", script], {
        cwd: folder,
        env: { ...env(), ...vars },
        input: stdin ?? Buffer.alloc(0),
        encoding: "utf8",
        timeout: 20_000,
        ...(uid === undefined ? {} : { uid, gid: uid }),
      });
      return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
    },
    start(script, { vars = {} } = {}) {
      const [file, ...args] = shell.argv;
      const child = spawn(file, [...args, "-c", script], { cwd: folder, env: { ...env(), ...vars }, stdio: "ignore" });
      return new Promise((resolve) => child.once("exit", resolve));
    },
    write(path, content) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), content);
    },
    read: (path) => readFileSync(at(path), "utf8"),
    exists: (path) => existsSync(at(path)),
    link(path, target) {
      mkdirSync(dirname(at(path)), { recursive: true });
      rmSync(at(path), { force: true });
      symlinkSync(target, at(path));
    },
    target: (path) => (lstatSync(at(path), { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(at(path)) : undefined),
    release(id, { journal, log = false, sha = SHA } = {}) {
      host.write(`releases/${id}/REVISION`, `${sha}\n`);
      if (journal !== undefined) append(at(".fake/journal"), `${id} ${journal} 2026-11-20T10:00:00Z ${sha} main ada run0 ;\n`);
      if (log) append(at("revisions.log"), `Branch main (at ${sha}) deployed as release ${id} by ada\n`);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  mkdirSync(root);
  return host;
}

function append(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: "a" });
}

/** Takes the lock and keeps it as a connection of this process does: otherwise its holder is gone as soon as the script has ended. */
export function takeAndHold(paths: DeployPaths, owner: NewOwner): string {
  const sign = quote(signOfLife(paths, owner.run));
  return `${HOLD}(${takeLock(paths, owner)})\ncode=$?; [ $code != 0 ] || _fake_hold ${sign} ${process.pid}; exit $code`;
}
