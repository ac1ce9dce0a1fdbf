import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { SimpleGit } from "simple-git";
import { UsageError } from "../../../index.ts";
import { PACK_MS, REF_LOCK_MS } from "../limits.ts";
import { createControlGit, findDirectory } from "./control-git.ts";
import { unreadable } from "./remote-refs.ts";
import type { Repository } from "./repository.ts";
import type { Artifact, Control } from "./strategy.ts";

/** A repository on the control machine from which commits can be taken. */
export interface Clone {
  /** Where it lies in the cache; undefined for the user's own. */
  readonly mirror: string | undefined;
  readonly repository: Repository;
}

/**
 * A repository here that has the commit: the user's own where `repoUrl` is a path, else a mirror that is kept in the
 * cache and brought up to date. Without `revision`, it has all that the repository has now.
 * @throws FakeError when the repository cannot be read, or does not have the commit.
 */
export async function openClone(control: Control, repository: Repository, revision?: string): Promise<Clone> {
  const clone = { mirror: await mirrorOf(control, repository), repository };
  try {
    if (clone.mirror !== undefined) await update(control, clone.mirror, repository, revision);
  } catch (error) {
    throw unreadable(repository, error);
  }
  if (revision !== undefined && !(await hasCommit(control, clone, revision))) {
    throw new UsageError("UNKNOWN_COMMIT", `The commit ${revision} is not in ${repository.url}.`);
  }
  return clone;
}

/** Ids of the commits that begin with a short id. */
export async function findCommits(control: Control, clone: Clone, prefix: string): Promise<readonly string[]> {
  const git = await createControlGit(control, clone.repository, { mirror: clone.mirror });
  const objects = (await git.raw(["rev-parse", `--disambiguate=${prefix}`])).split("\n").filter((id) => id !== "");
  return existing(control, clone, objects);
}

/** What a host is to be sent, and what it says that it has. */
export interface PackRequest {
  /** Id of the run: another one makes its own pack, of what is in the clone then. */
  readonly run: string;
  readonly revision: string;
  /** Commits that the host has. */
  readonly known: readonly string[];
  /** Those of which it does not have the parents. */
  readonly shallow: readonly string[];
}

/**
 * A pack of the commit and all that it needs, without what follows from the commits that are known. Made once for the same question. Where
 * the clone itself is shallow, or partial, the commit comes without the history that is not there.
 */
export async function packCommits(control: Control, clone: Clone, request: PackRequest): Promise<Artifact> {
  const { run, revision, known, shallow } = request;
  const base = (await existing(control, clone, known)).toSorted();
  const cut = (await existing(control, clone, shallow)).toSorted();
  const ends = (await isWhole(control, clone)) ? cut : [...cut, revision];
  const input = [...ends.map((id) => `--shallow ${id}`), revision, ...base.map((id) => `^${id}`), ""].join("\n");
  const folder = join(control.cache, "packs");
  const name = `${revision}-${await digestOf([run, clone.mirror ?? clone.repository.url, input].join("\n"), 16)}`;
  const file = join(folder, `${name}.pack`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeOldPacks(folder, control.now());
  if (existsSync(file)) return { file };
  const git = await createControlGit(control, clone.repository, { mirror: clone.mirror, input, transfer: true });
  const made = join(folder, `${name}-${crypto.randomUUID()}`);
  const options = ["--revs", "-q", "--delta-base-offset", made];
  const packed = git.raw(["-c", "pack.packSizeLimit=0", "pack-objects", ...options]);
  const hash = await packed.catch((error: unknown) => {
    throw unreadable(clone.repository, error);
  });
  await rename(`${made}-${hash.trim()}.pack`, file);
  for (const kind of ["idx", "rev"]) await rm(`${made}-${hash.trim()}.${kind}`, { force: true });
  return { file };
}

/** It has all that its commits need, without asking elsewhere. */
async function isWhole(control: Control, { mirror, repository }: Clone): Promise<boolean> {
  const git = await createControlGit(control, repository, { mirror });
  const shallow = await git.raw(["rev-parse", "--is-shallow-repository"]);
  const promisors = await git.raw(["config", "--get-regexp", "^(extensions\\.partialclone|remote\\..*\\.promisor)$"]);
  return shallow.trim() !== "true" && promisors.trim() === "";
}

async function mirrorOf(control: Control, repository: Repository): Promise<string | undefined> {
  if (findDirectory(repository) !== undefined) return undefined;
  return join(control.cache, "repositories", `${await digestOf(repository.url, 24)}.git`);
}

async function update(control: Control, mirror: string, repository: Repository, revision: string | undefined): Promise<void> {
  const clone = { mirror, repository };
  await mkdir(join(control.cache, "repositories"), { recursive: true, mode: 0o700 });
  if (!existsSync(join(mirror, "HEAD"))) return cloneMirror(control, mirror, repository);
  if (revision !== undefined && (await hasCommit(control, clone, revision))) return;
  const git = await createControlGit(control, repository, { mirror, transfer: true });
  // Damaged, or of another kind than the repository is now? If it is out of reach, this says so, too.
  await fetchAll(git, repository.url).catch(() => cloneMirror(control, mirror, repository, true));
  if (revision === undefined || (await hasCommit(control, clone, revision))) return;
  // The repository has just answered: it does not have the commit, or gives only what a branch or tag leads to.
  await git.raw(["fetch", "--quiet", "--", repository.url, revision]).catch(() => "");
}

/**
 * Another run on this machine may fetch into the same clone: a ref that it holds is waited for, and one that it has moved meanwhile is
 * looked at again.
 */
async function fetchAll(git: SimpleGit, url: string): Promise<void> {
  const patient = ["-c", `core.filesRefLockTimeout=${REF_LOCK_MS}`, "-c", `core.packedRefsTimeout=${REF_LOCK_MS}`];
  for (let left = 4; ; left--) {
    try {
      await git.raw([...patient, "fetch", "--quiet", "--prune", "--update-shallow", "--", url, "+refs/*:refs/*"]);
      return;
    } catch (error) {
      if (left === 0 || !(error instanceof Error) || !error.message.includes("cannot lock ref")) throw error;
    }
  }
}

/** Cloned beside and renamed: a run that is interrupted leaves nothing that looks like a clone. @param replaces what is there is of no use */
async function cloneMirror(control: Control, mirror: string, repository: Repository, replaces = false): Promise<void> {
  const fresh = `${mirror}.${crypto.randomUUID()}`;
  const git = await createControlGit(control, repository, { mirror: fresh, transfer: true });
  try {
    await git.raw(["clone", "--quiet", "--mirror", "--", repository.url, fresh]);
    if (replaces) await rename(mirror, `${fresh}.old`);
    // Another run may have been faster: its clone is as good.
    await rename(fresh, mirror).catch((error: unknown) => {
      if (!existsSync(join(mirror, "HEAD"))) throw error;
    });
  } finally {
    for (const left of [fresh, `${fresh}.old`]) await rm(left, { recursive: true, force: true });
  }
}

export async function hasCommit(control: Control, clone: Clone, revision: string): Promise<boolean> {
  return (await existing(control, clone, [revision])).length > 0;
}

/** Those of the ids that are commits here. */
async function existing(control: Control, clone: Clone, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const input = `${ids.map((id) => `${id}^{commit}`).join("\n")}\n`;
  const git = await createControlGit(control, clone.repository, { mirror: clone.mirror, input });
  const lines = (await git.raw(["cat-file", "--batch-check"])).split("\n");
  return [...new Set(lines.flatMap((line) => /^([0-9a-f]+) commit \d+$/.exec(line)?.[1] ?? []))];
}

async function removeOldPacks(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const made = (await stat(file).catch(() => undefined))?.mtimeMs ?? now;
    if (now - made > PACK_MS) await rm(file, { force: true });
  }
}

/** @param length in characters */
async function digestOf(text: string, length: number): Promise<string> {
  // Every command line loads this file, few hash.
  const { createHash } = await import("node:crypto");
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}
