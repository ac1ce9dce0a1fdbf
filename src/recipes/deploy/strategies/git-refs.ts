import { suggest, UsageError } from "../../../index.ts";
import { isCommitId, type RefKind } from "../revision.ts";
import type { Repository } from "./repository.ts";
import type { Revision } from "./strategy.ts";

/** What the settings ask for. */
export interface RefRequest extends Repository {
  /** Branch, tag, commit or `HEAD`. */
  readonly ref: string;
  /** The only thing that it may be. @default any of them */
  readonly kind?: RefKind | undefined;
}

/** What a repository says of its branches and tags. */
export interface RemoteRefs {
  /** Branch that HEAD stands for. */
  readonly head: string | undefined;
  /** Full name to commit; annotated tags by the commit they stand for. */
  readonly refs: ReadonlyMap<string, string>;
}

/** The short id of a commit. */
const SHORT_SHA = /^[0-9a-f]{4,63}$/i;

/** What the settings ask for. To git, capital letters in the id of a commit mean the same. */
export function refRequest(repository: Repository, ref: string, kind: RefKind = "any"): RefRequest {
  const id = ref.toLowerCase();
  return { ...repository, ref: kind !== "branch" && kind !== "tag" && isCommitId(id) ? id : ref, kind };
}

/** True of what may be the id of a commit, whole or in short, and has to be looked for in a clone: no repository tells from afar. */
export function isLookedFor({ ref, kind }: Pick<RefRequest, "ref" | "kind">): boolean {
  return SHORT_SHA.test(ref) || (kind === "commit" && isCommitId(ref));
}

/** Patterns for `git ls-remote --symref` with which a ref can be found in one question. */
export function refPatterns({ ref, kind = "any" }: Pick<RefRequest, "ref" | "kind">): readonly string[] {
  if (kind === "any" && ref === "HEAD") return ["HEAD"];
  return namesOf({ ref, kind: kind === "commit" ? "any" : kind }).flatMap((name) =>
    name.startsWith("refs/heads/") ? [name] : [name, `${name}^{}`],
  );
}

/** Full names that it may stand for. */
function namesOf({ ref, kind = "any" }: Pick<RefRequest, "ref" | "kind">): readonly string[] {
  if (kind === "commit") return [];
  if (kind === "any") return ref.startsWith("refs/") ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  return [`${FOLDERS[kind]}${bareName({ ref, kind })}`];
}

const FOLDERS = { branch: "refs/heads/", tag: "refs/tags/" } as const;

/** Without the folder of its kind. */
function bareName({ ref, kind = "any" }: Pick<RefRequest, "ref" | "kind">): string {
  const folder = kind === "branch" || kind === "tag" ? FOLDERS[kind] : "";
  return folder !== "" && ref.startsWith(folder) ? ref.slice(folder.length) : ref;
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
  const { ref, kind = "any" } = request;
  if (kind === "commit") return isLookedFor(request) ? "short" : "missing";
  if (kind === "any" && isCommitId(ref)) return { id: ref, label: ref };
  if (kind === "any" && ref === "HEAD") {
    const sha = remote.refs.get("HEAD");
    return sha === undefined ? "missing" : { id: sha, label: remote.head ?? "HEAD" };
  }
  const shas = new Set(namesOf(request).flatMap((name) => remote.refs.get(name) ?? []));
  if (shas.size > 1) throw ambiguous(request, "Both a branch and a tag have this name, and they stand for different commits.");
  const [sha] = shas;
  if (sha !== undefined) return { id: sha, label: bareName(request) };
  return kind === "any" && isLookedFor(request) ? "short" : "missing";
}

/** @throws UsageError unless exactly one commit begins with the id. */
export function pickCommit(request: RefRequest, commits: readonly string[], remote: RemoteRefs): Revision {
  const [sha, ...others] = [...new Set(commits.filter(isCommitId))];
  if (sha === undefined) throw unknownRevision(request, remote);
  if (others.length > 0) throw ambiguous(request, `${others.length + 1} commits begin with it: write more of the one you mean.`);
  return { id: sha, label: request.ref };
}

/** For a name that is no branch, tag or commit, or not of the kind that was asked for: with those that it was probably meant to be. */
export function unknownRevision(request: RefRequest, remote: RemoteRefs): UsageError {
  const { url, ref, kind = "any" } = request;
  if (kind === "any" && ref === "HEAD") {
    return new UsageError("UNKNOWN_REVISION", `${url} has no default branch to deploy.`, {
      hint: "Is it empty? Otherwise set `branch`.",
    });
  }
  const all = [...remote.refs.keys()];
  const branches = all.flatMap((name) => /^refs\/heads\/(.+)$/.exec(name)?.[1] ?? []);
  const tags = all.flatMap((name) => /^refs\/tags\/(.+)$/.exec(name)?.[1] ?? []);
  const what = kind === "any" ? "branch, tag or commit" : kind;
  const hint = otherKind(request, branches, tags) ?? closeName(request, branches, tags);
  return new UsageError("UNKNOWN_REVISION", `${JSON.stringify(ref)} is not a ${what} of ${url}.`, { hint });
}

/** It is there, as something else. */
function otherKind({ ref, kind = "any" }: RefRequest, branches: readonly string[], tags: readonly string[]): string | undefined {
  if (kind === "any") return undefined;
  if (kind !== "branch" && branches.includes(ref)) return `It is a branch: --branch ${ref}`;
  if (kind !== "tag" && tags.includes(ref)) return `It is a tag: --tag ${ref}`;
  return kind !== "commit" && (isCommitId(ref) || (SHORT_SHA.test(ref) && ref.length >= 7))
    ? `For a commit, write --commit ${ref}`
    : undefined;
}

function closeName({ ref, kind = "any" }: RefRequest, branches: readonly string[], tags: readonly string[]): string | undefined {
  if (kind === "commit") return undefined;
  const names = kind === "any" ? [...branches, ...tags] : kind === "branch" ? branches : tags;
  const close =
    suggest(ref, names) ?? suggest(ref.replace(/^origin\//, ""), names) ?? names.find((name) => ref === `origin/${name}`);
  if (close !== undefined) return `Did you mean ${JSON.stringify(close)}?`;
  const [listed, called] = kind === "tag" ? [tags, "tags"] : [branches, "branches"];
  const some = listed.slice(0, 10).join(", ") + (listed.length > 10 ? `, and ${listed.length - 10} more` : "");
  return some === "" ? undefined : `Its ${called} are: ${some}.`;
}

function ambiguous(request: RefRequest, why: string): UsageError {
  return new UsageError("AMBIGUOUS_REVISION", `${JSON.stringify(request.ref)} is ambiguous in ${request.url}. ${why}`, {
    hint:
      request.kind === "commit"
        ? undefined
        : `Write refs/heads/${request.ref} for the branch, refs/tags/${request.ref} for the tag, or the full commit id.`,
  });
}
