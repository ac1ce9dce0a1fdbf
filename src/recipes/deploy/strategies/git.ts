import { type Script, script, sh } from "../../../index.ts";
import { isCommitId } from "../revision.ts";
import { readTagged } from "../tagged-lines.ts";
import { extractRevision } from "./archive.ts";
import { checkMirror } from "./check-mirror.ts";
import { checkTar } from "./check-tar.ts";
import {
  findRevision,
  isLookedFor,
  parseRemoteRefs,
  pickCommit,
  type RefRequest,
  refRequest,
  unknownRevision,
} from "./git-refs.ts";
import { cloneBeside, hasRevision, remoteGit, sshWithoutQuestions, updateMirror } from "./mirror.ts";
import { gitReason, resolveRef } from "./remote-refs.ts";
import { type GitSource, gitSource, gitVars } from "./repository.ts";
import type { Revision, Strategy, StrategyContext } from "./strategy.ts";
import { updateSubmodules } from "./submodules.ts";

/** Each host keeps a mirror of the repository and takes its releases from there. */
export const git: Strategy = {
  name: "git",
  tools: ["git", "tar"],
  refKinds: ["branch", "tag", "commit"],
  vars: (context) => gitVars(gitSource(context).repository),
  check(context, alone) {
    const source = gitSource(context);
    return script(checkTar(source.repoTree, alone).script, checkMirror(source).script, alone ? askRepository(source).script : "");
  },

  probe: (context) =>
    script(
      sh`[ -f ${context.paths.repo}/HEAD ] || echo 'source no-mirror'`,
      context.revision === "" ? "" : sh`! ${hasRevision(gitSource(context))} || echo 'source has-revision'`,
    ),

  resolveRevision: (env, control) =>
    resolveRef(env, control, {
      unreachable: ({ ref }, error) => ({ label: ref, reason: gitReason(error) }),
      short: ({ ref }) => ({
        label: ref,
        reason: isCommitId(ref) ? "only a clone tells which commits there are" : "it is a short commit id",
      }),
    }),

  onHost: {
    ask(context) {
      const source = gitSource(context);
      const request = requestOf(context);
      const what = request.kind === "any" ? request.ref : `the ${request.kind} ${request.ref}`;
      return { title: `ask ${request.url} for ${what}`, text: askOnHost(source, request) };
    },
    parse: (output, context) => parseOnHost(output, requestOf(context)),
  },

  transfer(context) {
    const source = gitSource(context);
    const what = context.probe.includes("no-mirror") ? "clone the repository into" : "update the mirror";
    const mirror = { title: `${what} ${source.paths.repo}`, text: updateMirror(source) };
    const submodules = { title: "update the submodules", text: updateSubmodules(source) };
    return [...(context.probe.includes("has-revision") ? [] : [mirror]), ...(source.submodules === true ? [submodules] : [])];
  },

  advice: (context) =>
    `Try it there: git ls-remote ${gitSource(context).repository.url}. With scm: "push", this machine sends the commits and the host needs no access.`,

  createRelease(context, id) {
    const source = gitSource(context);
    return extractRevision(source, id, script(sshWithoutQuestions().script, cloneBeside(source).script));
  },
};

function requestOf(context: StrategyContext): RefRequest {
  const { branch, refKind } = context.env;
  return refRequest(gitSource(context).repository, branch, refKind);
}

/** In a deploy the fetch will tell; on its own, the check has to ask. */
function askRepository(source: GitSource): Script {
  const { url } = source.repository;
  return script(sh`
    ${sshWithoutQuestions()}
    error=$(${remoteGit(source)} ls-remote -- ${url} HEAD 2>&1 >/dev/null) ||
      say 'problem The repository %s cannot be read: %s\n' ${url} "$(printf '%s' "$error" | tr '\n' ' ')"
  `);
}

/** Asks the repository, and for ids of commits the mirror, which is brought up to date first when it knows none. */
function askOnHost(source: GitSource, request: RefRequest): string {
  const { ref } = request;
  const commits = script(sh`git --git-dir=${source.paths.repo} rev-parse --disambiguate=${ref}`);
  const wanted = isCommitId(ref) ? { ...source, revision: ref } : source;
  return sh`
    ${sshWithoutQuestions()}
    ${remoteGit(source)} ls-remote --symref -- ${source.repository.url} HEAD 'refs/heads/*' 'refs/tags/*' || exit 1
    ${isLookedFor(request) ? findIds(wanted, commits) : script()}
  `;
}

function findIds(source: GitSource, commits: Script): Script {
  return script(sh`
    list() {
      ${commits} 2>/dev/null | while read -r id; do
        [ "$(git --git-dir=${source.paths.repo} cat-file -t "$id")" = commit ] && printf 'commit %s\n' "$id"
      done
    }
    found=$(list)
    if [ -z "$found" ]; then
      ( ${script(updateMirror(source))}
      ) || exit 1
      found=$(list)
    fi
    printf '%s\n' "$found"
  `);
}

function parseOnHost(output: string, request: RefRequest): Revision {
  const refs = parseRemoteRefs(output);
  const found = findRevision(request, refs);
  if (found === "missing") throw unknownRevision(request, refs);
  if (found !== "short") return found;
  return pickCommit(request, readTagged(output)("commit"), refs);
}
