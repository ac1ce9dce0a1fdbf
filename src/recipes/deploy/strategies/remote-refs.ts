import { type EnvReader, FakeError } from "../../../index.ts";
import type { RefKind } from "../revision.ts";
import { createControlGit, findDirectory } from "./control-git.ts";
import {
  findRevision,
  parseRemoteRefs,
  type RefRequest,
  type RemoteRefs,
  refPatterns,
  refRequest,
  unknownRevision,
} from "./git-refs.ts";
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
  const request = refRequest(parseRepository(await env.get("repoUrl")), ref, kind);
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
  return saidBy(error)[0] ?? "git failed";
}

/** With what git advises, whole. @param hint what else to do about it. @default nothing */
export function unreadable({ url }: Repository, error: unknown, hint = ""): FakeError {
  const [reason = "git failed", ...advice] = saidBy(error);
  return new FakeError("REPOSITORY_UNREACHABLE", `The repository ${url} cannot be read: ${reason}`, {
    hint: [...advice, ...(hint === "" ? [] : [hint])].join("\n") || undefined,
    cause: error,
  });
}

/** What is said of every repository that ssh does not reach, and of every host that it meets. */
const NOTHING_NEW =
  /^(?:Could not read from remote repository\.|Please make sure you have the correct access rights|and the repository exists\.|Warning: Permanently added .*)$/;

function saidBy(error: unknown): readonly string[] {
  const text = error instanceof Error ? error.message : String(error);
  if (/^Error: spawn git ENOENT$/m.test(text)) return ["there is no git on this machine: install it, or put it into the PATH."];
  const lines = text.split("\n").map((line) => line.replace(/^(?:fatal|error|remote|hint):\s*/, "").trimEnd());
  return lines.filter((line) => line.trim() !== "" && !NOTHING_NEW.test(line));
}

async function list(control: Control, repository: Repository, options: string[]): Promise<RemoteRefs> {
  const git = await createControlGit(control, repository);
  if (findDirectory(repository) === undefined) return parseRemoteRefs(await git(["ls-remote", ...options]));
  // ls-remote would ask as a stranger does, whom git trusts less.
  const head = (await git(["symbolic-ref", "--quiet", "HEAD"])).trim();
  const refs = await git(["show-ref", "--head", "--dereference"]);
  return parseRemoteRefs(`ref: ${head}\tHEAD\n${refs.replaceAll(/^([0-9a-f]+) /gm, "$1\t")}`);
}
