import type { EnvReader } from "../../../index.ts";
import type { RefKind } from "../revision.ts";
import { createControlGit } from "./control-git.ts";
import { findRevision, parseRemoteRefs, type RefRequest, type RemoteRefs, refPatterns, unknownRevision } from "./git-refs.ts";
import { parseRepository, type Repository } from "./repository.ts";
import type { Control, ResolvedRevision } from "./strategy.ts";

/** What to do when the control machine alone does not know. */
export interface Otherwise {
  unreachable(request: RefRequest, error: unknown): ResolvedRevision;
  short(request: RefRequest, refs: RemoteRefs): ResolvedRevision | Promise<ResolvedRevision>;
}

/** The commit that `branch` names in `repoUrl`. @throws UsageError when there is none */
export async function resolveRef(env: EnvReader, control: Control, otherwise: Otherwise): Promise<ResolvedRevision> {
  const [ref, kind] = [(await env.get("branch")) as string, (await env.get("refKind")) as RefKind];
  const request = { ...parseRepository(await env.get("repoUrl")), ref, kind };
  let refs: RemoteRefs;
  try {
    refs = await askRemote(control, request);
  } catch (error) {
    return otherwise.unreachable(request, error);
  }
  const found = findRevision(request, refs);
  if (found === "missing") throw unknownRevision(request, await list(control, request, ["--heads", "--tags", "--", request.url]));
  return found === "short" ? await otherwise.short(request, refs) : found;
}

/** What the repository says to the control machine of one ref. @throws Error in git's words when it cannot be reached. */
export async function askRemote(control: Control, request: RefRequest): Promise<RemoteRefs> {
  return list(control, request, ["--symref", "--", request.url, ...refPatterns(request)]);
}

/** The reason of a failure of git, in one line. */
export function gitReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split("\n").map((line) => line.replace(/^(?:fatal|error|remote):\s*/, "").trim());
  return lines.find((line) => line !== "") ?? "git failed";
}

async function list(control: Control, repository: Repository, options: string[]): Promise<RemoteRefs> {
  const git = await createControlGit(control, repository);
  return parseRemoteRefs(await git.listRemote(options));
}
