import { suggest, UsageError } from "../../../index.ts";
import { isCommitId } from "../revision.ts";
import type { Repository } from "./repository.ts";
import type { Revision } from "./strategy.ts";

/** What the settings ask for. */
export interface RefRequest extends Repository {
  /** Branch, tag, commit or `HEAD`. */
  readonly ref: string;
}

/** What a repository says of its branches and tags. */
export interface RemoteRefs {
  /** Branch that HEAD stands for. */
  readonly head: string | undefined;
  /** Full name to commit; annotated tags by the commit they stand for. */
  readonly refs: ReadonlyMap<string, string>;
}

/** The short id of a commit. */
export const SHORT_SHA = /^[0-9a-f]{4,63}$/;

/** Patterns for `git ls-remote --symref` with which a ref can be found in one question. */
export function refPatterns(ref: string): readonly string[] {
  if (ref === "HEAD") return ["HEAD"];
  if (ref.startsWith("refs/")) return [ref, `${ref}^{}`];
  return [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/tags/${ref}^{}`];
}

/** Reads what `git ls-remote --symref` printed. */
export function parseRemoteRefs(output: string): RemoteRefs {
  const refs = new Map<string, string>();
  let head: string | undefined;
  for (const line of output.split("\n")) {
    const symbolic = /^ref: refs\/heads\/(\S+)\tHEAD$/.exec(line);
    if (symbolic !== null) head = symbolic[1];
    const [sha = "", name = ""] = line.split("\t");
    // Behind an annotated tag stands the commit that it is for.
    if (isCommitId(sha)) refs.set(name.replace(/\^\{\}$/, ""), sha);
  }
  return { head, refs };
}

/**
 * The commit that `ref` names; `short` when that may be a short commit id, `missing` when it is nothing.
 * @throws UsageError when a branch and a tag have this name and stand for different commits.
 */
export function findRevision(request: RefRequest, remote: RemoteRefs): Revision | "short" | "missing" {
  const { ref } = request;
  if (isCommitId(ref)) return { id: ref, label: ref };
  if (ref === "HEAD") {
    const sha = remote.refs.get("HEAD");
    return sha === undefined ? "missing" : { id: sha, label: remote.head ?? "HEAD" };
  }
  const names = ref.startsWith("refs/") ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  const shas = new Set(names.flatMap((name) => remote.refs.get(name) ?? []));
  if (shas.size > 1) throw ambiguous(request, "Both a branch and a tag have this name, and they stand for different commits.");
  const [sha] = shas;
  if (sha !== undefined) return { id: sha, label: ref };
  return SHORT_SHA.test(ref) ? "short" : "missing";
}

/** @throws UsageError unless exactly one commit begins with the short id. */
export function pickCommit(request: RefRequest, commits: readonly string[], remote: RemoteRefs): Revision {
  const [sha, ...others] = [...new Set(commits.filter(isCommitId))];
  if (sha === undefined) throw unknownRevision(request, remote);
  if (others.length > 0) throw ambiguous(request, `${others.length + 1} commits begin with it: write more of the one you mean.`);
  return { id: sha, label: request.ref };
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
