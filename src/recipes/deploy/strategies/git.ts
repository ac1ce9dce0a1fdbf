import {
  findRevision,
  parseRemoteRefs,
  pickCommit,
  type RefRequest,
  type RemoteRefs,
  type ResolvedRevision,
  unknownRevision,
} from "../revision.ts";
import { type Script, script, sh } from "../sh.ts";
import { extractRevision } from "./archive.ts";
import { cloneBeside, hasRevision, remoteGit, sshWithoutQuestions, updateMirror } from "./mirror.ts";
import { askAllRefs, askRemote, gitReason } from "./remote-refs.ts";
import { gitVars } from "./repository.ts";
import type { Source, Strategy } from "./strategy.ts";
import { extractSubmodules, updateSubmodules } from "./submodules.ts";

/** Each host keeps a mirror of the repository and takes its releases from there. */
export const git: Strategy = {
  name: "git",
  tools: ["git", "tar"],
  check: (source, alone) => (alone ? askRepository(source) : script()),

  probe: (source) => (source.revision === "" ? script() : script(sh`! ${hasRevision(source)} || echo 'source has-revision'`)),

  async resolveRevision(request, control) {
    let refs: RemoteRefs;
    try {
      refs = await askRemote(control, request);
    } catch (error) {
      return { kind: "onHost", name: request.ref, reason: gitReason(error) };
    }
    const found = findRevision(request, refs);
    if (found.kind === "missing") throw unknownRevision(request, await askAllRefs(control, request));
    if (found.kind === "short") return { kind: "onHost", name: found.name, reason: "it is a short commit id" };
    return found;
  },

  resolveOnHost: { text: askOnHost, parse: parseOnHost },

  transfer(source, probe) {
    const vars = gitVars(source.repository);
    const mirror = { title: `update the mirror ${source.paths.repo}`, text: updateMirror(source), vars };
    const submodules = { title: "update the submodules", text: updateSubmodules(source), vars };
    return [...(probe.includes("has-revision") ? [] : [mirror]), ...(source.submodules === true ? [submodules] : [])];
  },

  createRelease(source, id) {
    const repair = script(`${sshWithoutQuestions().script}\n${cloneBeside(source).script}`);
    const parts = source.submodules === true ? extractSubmodules(source, id).script : "";
    return {
      title: `extract ${source.revision.slice(0, 12)} into releases/${id}`,
      text: `${extractRevision(source, id, repair)}\n${parts}`,
      vars: gitVars(source.repository),
    };
  },
};

/** In a deploy the fetch will tell; on its own, the check has to ask. */
function askRepository(source: Source): Script {
  const { url } = source.repository;
  return script(sh`
    ${sshWithoutQuestions()}
    error=$(${remoteGit(source)} ls-remote -- ${url} HEAD 2>&1 >/dev/null) ||
      say 'problem The repository %s cannot be read: %s\n' ${url} "$(printf '%s' "$error" | tr '\n' ' ')"
  `);
}

/** Asks the repository, and for short commit ids the mirror, which is brought up to date first when it knows none. */
function askOnHost(source: Source, ref: string): string {
  const commits = script(sh`git --git-dir=${source.paths.repo} rev-parse --disambiguate=${ref}`);
  return sh`
    ${sshWithoutQuestions()}
    ${remoteGit(source)} ls-remote --symref -- ${source.repository.url} HEAD 'refs/heads/*' 'refs/tags/*' || exit 1
    ${/^[0-9a-f]{4,63}$/.test(ref) ? shortIds(source, commits) : script()}
  `;
}

function shortIds(source: Source, commits: Script): Script {
  return script(sh`
    list() {
      ${commits} 2>/dev/null | while read -r id; do
        [ "$(git --git-dir=${source.paths.repo} cat-file -t "$id")" = commit ] && printf 'commit %s\n' "$id"
      done
    }
    found=$(list)
    if [ -z "$found" ]; then
      ( ${cloneOrFetch(source)}
      ) || exit 1
      found=$(list)
    fi
    printf '%s\n' "$found"
  `);
}

function cloneOrFetch(source: Source): Script {
  return script(sh`
    if [ -f ${source.paths.repo}/HEAD ]; then
      ${remoteGit(source)} --git-dir=${source.paths.repo} fetch --quiet --prune ${source.repository.url} '+refs/*:refs/*'
    else
      ${remoteGit(source)} clone --quiet --mirror -- ${source.repository.url} ${source.paths.repo}
    fi
  `);
}

function parseOnHost(output: string, request: RefRequest): ResolvedRevision {
  const refs = parseRemoteRefs(output);
  const found = findRevision(request, refs);
  if (found.kind === "missing") throw unknownRevision(request, refs);
  if (found.kind !== "short") return found;
  const commits = output.split("\n").flatMap((line) => /^commit (\S+)$/.exec(line)?.[1] ?? []);
  return pickCommit(request, commits, refs);
}
