import { suggest, UsageError } from "../../index.ts";
import type { Repository } from "./strategies/repository.ts";

/** What the settings ask for. */
export interface RefRequest extends Repository {
  /** Branch, tag, commit or `HEAD`. */
  readonly ref: string;
}

/** `onHost`: only a host can say, because of `reason`. */
export type ResolvedRevision =
  | { readonly kind: "commit"; readonly sha: string; readonly name: string }
  | { readonly kind: "onHost"; readonly name: string; readonly reason: string };

/** What a repository says of its branches and tags. */
export interface RemoteRefs {
  /** Branch that HEAD stands for. */
  readonly head: string | undefined;
  /** Full name to commit; annotated tags by the commit they stand for. */
  readonly refs: ReadonlyMap<string, string>;
}

const FULL_SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const SHORT_SHA = /^[0-9a-f]{4,63}$/;

export function isFullSha(text: string): boolean {
  return FULL_SHA.test(text);
}

/** Patterns for `git ls-remote --symref` with which a ref can be found in one question. */
export function refPatterns(ref: string): readonly string[] {
  if (ref === "HEAD") return ["HEAD"];
  if (ref.startsWith("refs/")) return [ref, `${ref}^{}`];
  return [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/tags/${ref}^{}`];
}

/** Reads what `git ls-remote --symref` printed. */
export function parseRemoteRefs(output: string): RemoteRefs {
  const refs = new Map<string, string>();
  const peeled = new Map<string, string>();
  let head: string | undefined;
  for (const line of output.split("\n")) {
    const symbolic = /^ref: refs\/heads\/(\S+)\tHEAD$/.exec(line);
    if (symbolic !== null) head = symbolic[1];
    const [sha = "", name = ""] = line.split("\t");
    if (!isFullSha(sha)) continue;
    if (name.endsWith("^{}")) peeled.set(name.slice(0, -3), sha);
    else refs.set(name, sha);
  }
  for (const [name, sha] of peeled) refs.set(name, sha);
  return { head, refs };
}

export type Found = ResolvedRevision | { readonly kind: "short"; readonly name: string } | { readonly kind: "missing" };

/**
 * The commit that `ref` names.
 * @throws UsageError when a branch and a tag have this name and stand for different commits.
 */
export function findRevision(request: RefRequest, remote: RemoteRefs): Found {
  const { ref } = request;
  if (isFullSha(ref)) return { kind: "commit", sha: ref, name: ref };
  if (ref === "HEAD") {
    const sha = remote.refs.get("HEAD");
    return sha === undefined ? { kind: "missing" } : { kind: "commit", sha, name: remote.head ?? "HEAD" };
  }
  const names = ref.startsWith("refs/") ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  const shas = new Set(names.flatMap((name) => remote.refs.get(name) ?? []));
  if (shas.size > 1) throw ambiguous(request, "Both a branch and a tag have this name, and they stand for different commits.");
  const [sha] = shas;
  if (sha !== undefined) return { kind: "commit", sha, name: ref };
  return SHORT_SHA.test(ref) ? { kind: "short", name: ref } : { kind: "missing" };
}

/** @throws UsageError unless exactly one commit begins with the short id. */
export function pickCommit(request: RefRequest, commits: readonly string[], remote: RemoteRefs): ResolvedRevision {
  const [sha, ...others] = [...new Set(commits.filter(isFullSha))];
  if (sha === undefined) throw unknownRevision(request, remote);
  if (others.length > 0) throw ambiguous(request, `${others.length + 1} commits begin with it: write more of the one you mean.`);
  return { kind: "commit", sha, name: request.ref };
}

/** For a name that is no branch, tag or commit: with those that it was probably meant to be. */
export function unknownRevision(request: RefRequest, remote: RemoteRefs): UsageError {
  const { url, ref } = request;
  if (ref === "HEAD") {
    return new UsageError("UNKNOWN_REVISION", `${url} has no default branch to deploy.`, {
      hint: "Is it empty? Otherwise set `branch`.",
    });
  }
  const names = [...remote.refs.keys()].flatMap((name) => /^refs\/(?:heads|tags)\/(.+)$/.exec(name)?.[1] ?? []);
  const close =
    suggest(ref, names) ?? suggest(ref.replace(/^origin\//, ""), names) ?? names.find((name) => ref === `origin/${name}`);
  const branches = [...remote.refs.keys()].flatMap((name) => /^refs\/heads\/(.+)$/.exec(name)?.[1] ?? []);
  const some = branches.slice(0, 10).join(", ") + (branches.length > 10 ? `, and ${branches.length - 10} more` : "");
  const hint =
    close === undefined ? (some === "" ? undefined : `Its branches are: ${some}.`) : `Did you mean ${JSON.stringify(close)}?`;
  return new UsageError("UNKNOWN_REVISION", `${JSON.stringify(ref)} is not a branch, tag or commit of ${url}.`, { hint });
}

function ambiguous(request: RefRequest, why: string): UsageError {
  return new UsageError("AMBIGUOUS_REVISION", `${JSON.stringify(request.ref)} is ambiguous in ${request.url}. ${why}`, {
    hint: `Write refs/heads/${request.ref} for the branch, refs/tags/${request.ref} for the tag, or the full commit id.`,
  });
}
