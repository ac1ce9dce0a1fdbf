import { type Script, script, sh, type TaskContext } from "../../index.ts";
import { branchOfRelease, describeLeft, describeRelease, isDeploying, pathsOf, releaseOf, stateOf } from "./context.ts";
import { type DeployPaths, releasePath } from "./paths.ts";
import { findCurrent, type HostState } from "./state.ts";

/** Prints what `current` is. */
export function showCurrent({ current }: DeployPaths): Script {
  return script(sh`
    if [ -L ${current} ]; then printf 'link %s\n' "$(readlink ${current})"
    elif [ -e ${current} ]; then echo other
    else echo nothing
    fi
  `);
}

/** Where a host stands after a run that did not end well, by what `showCurrent` printed. */
export function describeStanding(t: TaskContext, printed: string): string {
  const target = /^link (.*)$/m.exec(printed)?.[1] ?? "";
  const isLink = target !== "";
  const isGone = !isLink && printed.trim() === "nothing";
  // A run that ended early has not looked what there was.
  const state = t.env.has("releaseState") ? stateOf(t) : undefined;
  if (state === undefined)
    return isLink ? `live: ${idOf(t, target) ?? target}` : isGone ? "nothing is live" : "current is no link";
  const wasLink = state.current.kind === "link";
  if (isLink ? wasLink && target === state.current.target : isGone && !wasLink) return describeLeft(findCurrent(state));
  if (!isLink) return `current is not what it was: it is ${isGone ? "gone" : "no link"}`;
  return describeMoved(t, state, target);
}

/** `current` is a link, and points elsewhere than when the run began. */
function describeMoved(t: TaskContext, state: HostState, target: string): string {
  const id = idOf(t, target);
  const release = state.releases.find((candidate) => candidate.id === id);
  if (release !== undefined) {
    const known = describeRelease({ id: release.id, branch: branchOfRelease(release), sha: release.revision });
    return isDeploying(t) ? `live: ${known}: went back, because ${whatWentWrong(t)}` : `live: ${known}, but ${whatWentWrong(t)}`;
  }
  const isNew = isDeploying(t) && t.env.has("releaseId") && id === t.env.releaseId;
  if (isNew) return `live: ${describeRelease(releaseOf(t))}, but ${whatWentWrong(t)}`;
  return `current is not what it was: it points to ${target}`;
}

/** The id of the release that a link points to; undefined when that is no release. */
function idOf(t: TaskContext, target: string): string | undefined {
  const id = target.slice(target.lastIndexOf("/") + 1);
  return target === releasePath(pathsOf(t), id) ? id : undefined;
}

function whatWentWrong({ failure }: TaskContext): string {
  return failure?.error.code === "INTERRUPTED" ? "the run was interrupted" : `${failure?.task ?? "a later step"} failed`;
}
