import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Control, ResolvedRevision, Strategy } from "../../src/recipes/deploy/strategies/strategy.ts";
import { readTagged } from "../../src/recipes/deploy/tagged-lines.ts";
import { buildContext, readerOf } from "../recipes/deploy/build-context.ts";
import type { Ran, ShellHost } from "../recipes/deploy/shell-host.ts";
import { createGitRepo, type FileContent, type GitRepo } from "../support/git-repo.ts";

/** Where a strategy takes code from. */
export interface Origin {
  /** Settings that lead there. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Changes the code there. */
  commit(files: Readonly<Record<string, FileContent | undefined>>): void;
  remove(): void;
}

export interface GitOrigin extends Origin {
  readonly repo: GitRepo;
}

export function createGitOrigin(directory: string): GitOrigin {
  const repo = createGitRepo(directory);
  return { repo, settings: { repoUrl: repo.directory }, commit: (files) => void repo.commit(files), remove: repo.remove };
}

export type Choices = Readonly<Record<string, unknown>>;

/** An origin, a control machine, and a host that is only a directory and a shell. */
export interface World<O extends Origin = Origin> {
  readonly origin: O;
  readonly host: ShellHost;
  resolve(ref: string): Promise<ResolvedRevision>;
  /** Everything that the deploy flow asks of a strategy, from the ref to the filled release; the first script that fails ends it. */
  build(id: string, options?: Choices & { ref?: string; revision?: ResolvedRevision }): Promise<Ran>;
  remove(): void;
}

/** @param strategy or what makes it of the directory of the origin */
export function createWorld<O extends Origin>(
  strategy: Strategy | ((directory: string) => Strategy),
  createOrigin: (directory: string) => O,
  host: ShellHost,
): World<O> {
  const folder = mkdtempSync(join(tmpdir(), "fake-strategy-"));
  const directory = join(folder, "it's a repository");
  const origin = createOrigin(directory);
  const { resolveRevision, ...chosen } = typeof strategy === "function" ? strategy(directory) : strategy;
  const control: Control = {
    environment: { PATH: process.env["PATH"], HOME: folder },
    cache: join(folder, "cache"),
    now: () => Date.now(),
  };
  const resolve = (ref: string): Promise<ResolvedRevision> =>
    resolveRevision(readerOf({ ...origin.settings, branch: ref }), control);
  mkdirSync(host.paths.releases, { recursive: true });
  return {
    origin,
    host,
    resolve,
    async build(id, { ref = "HEAD", revision, ...choices } = {}) {
      const resolved = revision ?? (await resolve(ref));
      if (resolved.id === undefined) throw new Error(`${ref} was not resolved`);
      const settings = { ...origin.settings, ...choices };
      const before = buildContext({ paths: host.paths, run: `run-${id}`, revision: resolved.id }, settings);
      const asked = host.run(`${chosen.probe?.(before).script ?? ""}\n:`);
      const probe = readTagged(asked.stdout)("source");
      const artifact = await chosen.prepare?.([{ ...before, probe }], control);
      const context = { ...before, probe, artifact: artifact?.get(before.host) };
      mkdirSync(join(host.paths.releases, id));
      const commands = [...(chosen.transfer?.(context) ?? []), chosen.createRelease(context, id)];
      const vars = Object.entries(chosen.vars?.(context) ?? {}).map(([name, value]) => [name, String(value)]);
      let ran: Ran = { code: 0, stdout: "", stderr: "" };
      for (const { text, stdin } of commands) {
        const input = stdin === undefined ? Buffer.alloc(0) : readFileSync(stdin.file);
        ran = host.run(text, { vars: Object.fromEntries(vars), stdin: input });
        if (ran.code !== 0) break;
      }
      return ran;
    },
    remove() {
      host.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
