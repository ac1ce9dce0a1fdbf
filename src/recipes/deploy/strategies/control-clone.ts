import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UsageError } from "../../../index.ts";
import { PACK_MS, REF_LOCK_MS } from "../limits.ts";
import { type ControlGit, createControlGit, findDirectory } from "./control-git.ts";
import { unreadable } from "./remote-refs.ts";
import type { Repository } from "./repository.ts";
import type { Artifact, Control } from "./strategy.ts";

const TRANSFER = { transfer: true };

/** A repository on the control machine from which commits can be taken. */
export interface Clone {
  /** Where it lies in the cache; undefined for the user's own. */
  readonly mirror: string | undefined;
  readonly repository: Repository;
  readonly git: ControlGit;
}

/**
 * A repository here that has the commit: the user's own where `repoUrl` is a path, else a mirror that is kept in the
 * cache and brought up to date. Without `revision`, it has all that the repository has now.
 * @throws FakeError when the repository cannot be read, or does not have the commit.
 */
export async function openClone(control: Control, repository: Repository, revision?: string): Promise<Clone> {
  const mirror = await mirrorOf(control, repository);
  const clone = { mirror, repository, git: await createControlGit(control, repository, mirror) };
  const isThere = async (): Promise<boolean> => revision !== undefined && (await hasCommit(clone, revision));
  try {
    if (mirror !== undefined && !existsSync(join(mirror, "HEAD"))) await cloneMirror(control, repository, mirror);
    else if (await isThere()) return clone;
    // Damaged, or of another kind than the repository is now? If it is out of reach, this says so, too.
    else if (mirror !== undefined) await fetchAll(clone).catch(() => cloneMirror(control, repository, mirror, true));
    if (revision === undefined || (await isThere())) return clone;
    // The repository has just answered: it does not have the commit, or gives only what a branch or tag leads to.
    if (mirror !== undefined) await clone.git(["fetch", "--quiet", "--", repository.url, revision], TRANSFER).catch(() => "");
  } catch (error) {
    throw unreadable(repository, error);
  }
  if (mirror !== undefined && (await isThere())) return clone;
  throw new UsageError("UNKNOWN_COMMIT", `The commit ${revision} is not in ${repository.url}.`);
}

/** Ids of the commits that begin with a short id. */
export async function findCommits(clone: Clone, prefix: string): Promise<readonly string[]> {
  const objects = (await clone.git(["rev-parse", `--disambiguate=${prefix}`])).split("\n").filter((id) => id !== "");
  return [...(await existing(clone, objects))];
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
  const here = await existing(clone, [...known, ...shallow]);
  const base = known.filter((id) => here.has(id)).toSorted();
  const cut = shallow.filter((id) => here.has(id)).toSorted();
  const ends = (await isWhole(clone)) ? cut : [...cut, revision];
  const input = [...ends.map((id) => `--shallow ${id}`), revision, ...base.map((id) => `^${id}`), ""].join("\n");
  const folder = join(control.cache, "packs");
  const name = `${revision}-${await digestOf([run, clone.mirror ?? clone.repository.url, input].join("\n"), 16)}`;
  const file = join(folder, `${name}.pack`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeOldPacks(folder, control.now());
  if (existsSync(file)) return { file };
  const made = join(folder, `${name}-${crypto.randomUUID()}`);
  const options = ["--revs", "-q", "--delta-base-offset", made];
  const packed = clone.git(["-c", "pack.packSizeLimit=0", "pack-objects", ...options], { input, ...TRANSFER });
  const hash = await packed.catch((error: unknown) => {
    throw unreadable(clone.repository, error);
  });
  await rename(`${made}-${hash.trim()}.pack`, file);
  for (const kind of ["idx", "rev"]) await rm(`${made}-${hash.trim()}.${kind}`, { force: true });
  return { file };
}

/** It has all that its commits need, without asking elsewhere. */
async function isWhole({ git }: Clone): Promise<boolean> {
  const shallow = await git(["rev-parse", "--is-shallow-repository"]);
  const promisors = await git(["config", "--get-regexp", "^(extensions\\.partialclone|remote\\..*\\.promisor)$"]);
  return shallow.trim() !== "true" && promisors.trim() === "";
}

async function mirrorOf(control: Control, repository: Repository): Promise<string | undefined> {
  if (findDirectory(repository) !== undefined) return undefined;
  return join(control.cache, "repositories", `${await digestOf(repository.url, 24)}.git`);
}

/**
 * Another run on this machine may fetch into the same clone: a ref that it holds is waited for, and one that it has moved meanwhile is
 * looked at again.
 */
async function fetchAll({ git, repository: { url } }: Clone): Promise<void> {
  const patient = ["-c", `core.filesRefLockTimeout=${REF_LOCK_MS}`, "-c", `core.packedRefsTimeout=${REF_LOCK_MS}`];
  for (let left = 4; ; left--) {
    try {
      await git([...patient, "fetch", "--quiet", "--prune", "--update-shallow", "--", url, "+refs/*:refs/*"], TRANSFER);
      return;
    } catch (error) {
      if (left === 0 || !(error instanceof Error) || !error.message.includes("cannot lock ref")) throw error;
    }
  }
}

/** Cloned beside and renamed: a run that is interrupted leaves nothing that looks like a clone. @param replaces what is there is of no use */
async function cloneMirror(control: Control, repository: Repository, mirror: string, replaces = false): Promise<void> {
  await mkdir(dirname(mirror), { recursive: true, mode: 0o700 });
  const fresh = `${mirror}.${crypto.randomUUID()}`;
  const git = await createControlGit(control, repository, fresh);
  try {
    await git(["clone", "--quiet", "--mirror", "--", repository.url, fresh], TRANSFER);
    if (replaces) await rename(mirror, `${fresh}.old`);
    // Another run may have been faster: its clone is as good.
    await rename(fresh, mirror).catch((error: unknown) => {
      if (!existsSync(join(mirror, "HEAD"))) throw error;
    });
  } finally {
    for (const left of [fresh, `${fresh}.old`]) await rm(left, { recursive: true, force: true });
  }
}

export async function hasCommit(clone: Clone, revision: string): Promise<boolean> {
  return (await existing(clone, [revision])).size > 0;
}

/** Those of the ids that are commits here. */
async function existing({ git }: Clone, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const input = `${ids.map((id) => `${id}^{commit}`).join("\n")}\n`;
  const lines = (await git(["cat-file", "--batch-check"], { input })).split("\n");
  return new Set(lines.flatMap((line) => /^([0-9a-f]+) commit \d+$/.exec(line)?.[1] ?? []));
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
