import { parseRemoteRefs, type RefRequest, type RemoteRefs, refPatterns } from "../revision.ts";
import { createControlGit } from "./control-git.ts";
import type { Repository } from "./repository.ts";
import type { Control } from "./strategy.ts";

/** What the repository says to the control machine of one ref. @throws Error in git's words when it cannot be reached. */
export async function askRemote(control: Control, request: RefRequest): Promise<RemoteRefs> {
  return list(control, request, ["--symref", "--", request.url, ...refPatterns(request.ref)]);
}

/** All branches and tags: to say which one was probably meant. */
export async function askAllRefs(control: Control, repository: Repository): Promise<RemoteRefs> {
  return list(control, repository, ["--heads", "--tags", "--", repository.url]);
}

/** The reason of a failure of git, in one line. */
export function gitReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split("\n").map((line) => line.replace(/^(?:fatal|error|remote):\s*/, "").trim());
  return lines.find((line) => line !== "") ?? "git failed";
}

async function list(control: Control, repository: Repository, options: readonly string[]): Promise<RemoteRefs> {
  const git = await createControlGit(control, repository);
  return parseRemoteRefs(await git.listRemote([...options]));
}
