import { posix } from "node:path";
import { type CommandBodyContext, sh, type TaskContext } from "../../../index.ts";
import {
  command,
  describeLeft,
  describeLive,
  describeRelease,
  isBuiltAgain,
  isDeploying,
  pathsOf,
  releaseOf,
  stateOf,
} from "../context.ts";
import { type DeployPaths, releasePath } from "../paths.ts";
import { discardRelease } from "../release.ts";
import { namesOf } from "../rollback.ts";
import { findCurrent, type HostState } from "../state.ts";
import { readTagged } from "../tagged-lines.ts";
import type { Steps } from "./step.ts";

export const failureSteps = {
  /** A release that was not published is removed on all hosts; one that was stays live, and that is said. */
  "deploy:failed": {
    desc: "Remove the release of a deploy that failed before it was published",
    commands(t) {
      if (!t.env.has("releaseId") || !(isDeploying(t) || isBuiltAgain(t))) return [];
      const release = releaseOf(t);
      return [command(t, `discard releases/${release.id}`, discardRelease(pathsOf(t), release))];
    },
    receive(t, [result]) {
      if (result?.stdout === "discarded\n") t.log.changed(`removed ${t.env.releaseId} again: its deploy failed`);
      for (const why of readTagged(result?.stdout ?? "")("kept"))
        t.log.warn(
          `releases/${t.env.releaseId}, whose deploy failed, could not be removed; the next cleanup tries it again: ${why}`,
        );
    },
  },
  /** Goes back when asked to, if the release is live: a failure before that leaves nothing to go back from. */
  "deploy:roll-back": {
    desc: "Go back to the release before, if rollbackOnFailure is set",
    local: true,
    hidden: true,
    async run(t) {
      const hosts = t.hosts.map((host) => t.on(host));
      // Whoever broke the lock is to find the hosts as they are.
      if (t.failures.some(({ error }) => error.code === "HOLD_LOST")) t.skip();
      // The setting comes last: it may be what failed.
      if (!hosts.some((host) => host.env.publishedRelease !== "" && host.env.rollbackOnFailure)) t.skip();
      await t.execute("rollback");
    },
  },
  /**
   * After everything else that a failure calls, also on a host that was told to be quick: whoever reads the outcome must know
   * where each host stands.
   */
  "deploy:tell-standing": {
    desc: "Look where the host stands when something went wrong",
    hidden: true,
    // It needs no lock, and is the last before that is freed.
    commands: (t) =>
      isOver(t) ? [command(t, "look what is live", showCurrent(pathsOf(t)), { acceptError: true, hold: false })] : [],
    receive(t, [result]) {
      if (result === undefined) return;
      t.log.standing(describeStanding(t, result.stdout));
      const next = describeNext(t);
      if (next !== undefined) t.log.warn(next);
    },
    sendAhead: true,
    states: [],
  },
} satisfies Steps;

/** Something failed, and not before this flow, which puts that right. */
function isOver({ failure, flow }: CommandBodyContext): boolean {
  return failure !== undefined && (failure.flow === undefined || failure.flow === flow);
}

/** What to do about a fleet that this run has left on different releases: said once, by the first host that it has switched. */
function describeNext(t: TaskContext): string | undefined {
  const hosts = t.hosts.map(({ id }) => ({ id, env: t.on(id).env }));
  if (hosts.find(({ env }) => env.publishedRelease !== "")?.id !== t.host.id) return undefined;
  const id = t.env.releaseId;
  const live = hosts.map(({ id: host, env }) => {
    const before = env.has("releaseState") ? findCurrent(env.releaseState)?.id : undefined;
    return { host, release: env.publishedRelease || (before ?? "") };
  });
  const on = live.filter(({ release }) => release === id);
  const others = live.filter(({ release }) => release !== id);
  if (on.length === 0 || others.length === 0) return undefined;
  // What became of a host that was lost nobody knows: nothing is said of the others.
  const known = `${id} is live on ${namesOf(on)}. Next:`;
  if (!isDeploying(t))
    return `${known} rollback --to ${id}${t.args.build === true ? " --build" : ""} goes on with the other hosts.`;
  if (others.some(({ release }) => release > id)) return `${known} rollback takes the other hosts there too.`;
  return `${known} deploy --resume goes on with the other hosts; rollback goes back on all.`;
}

/** Prints what `current` is. */
function showCurrent({ current }: DeployPaths): string {
  return sh`
    if [ -L ${current} ]; then printf 'link %s\n' "$(readlink ${current})"
    elif [ -e ${current} ]; then echo other
    else echo nothing
    fi
  `;
}

/** Where a host stands after a run that did not end well, by what `showCurrent` printed. */
function describeStanding(t: TaskContext, printed: string): string {
  const target = /^link (.*)$/m.exec(printed)?.[1] ?? "";
  const isLink = target !== "";
  const isGone = !isLink && printed.trim() === "nothing";
  // A run that ended early has not looked what there was.
  const state = t.env.has("releaseState") ? stateOf(t) : undefined;
  if (state === undefined) return isLink ? `live: ${nameOf(t, target)}` : isGone ? "nothing is live" : "current is no link";
  const before = t.env.currentBefore;
  const isBefore = isLink ? before.kind === "link" && before.target === target : isGone && before.kind !== "link";
  // What this run has switched and switched back is as before, and so it went back.
  if (isBefore && !(isLink && t.env.publishedRelease === idOf(t, target))) {
    return describeLeft(state.releases.find(({ id }) => isLink && id === before.id));
  }
  if (!isLink) return `current is not what it was: it is ${isGone ? "gone" : "no link"}`;
  return describeMoved(t, state, target);
}

/** `current` is a link, and points elsewhere than when the run began, or again to the same. */
function describeMoved(t: TaskContext, state: HostState, target: string): string {
  const id = idOf(t, target);
  const release = state.releases.find((candidate) => candidate.id === id);
  // A host that this run has not switched there did not go back, whoever moved it; nor did one that went on to a release it had.
  const { publishedRelease, currentBefore: before } = t.env;
  const isBack = before.kind === "link" && before.id !== undefined && publishedRelease <= before.id;
  const wentBack = isDeploying(t) && publishedRelease === id && isBack;
  if (release !== undefined) return `${describeLive(release)}${wentBack ? ": went back, because" : ", but"} ${whatWentWrong(t)}`;
  const isNew = isDeploying(t) && t.env.has("releaseId") && id === t.env.releaseId;
  if (isNew) return `live: ${describeRelease(releaseOf(t))}, but ${whatWentWrong(t)}`;
  return `current is not what it was: it points to ${target}`;
}

/** The id of the release that a link points to; undefined when that is no release. */
function idOf(t: TaskContext, target: string): string | undefined {
  const id = target.slice(target.lastIndexOf("/") + 1);
  return target === releasePath(pathsOf(t), id) ? id : undefined;
}

/** What is live, by its name where that lies in `releases`, whoever has made it and however the link says it. */
function nameOf(t: TaskContext, target: string): string {
  const { current, releases } = pathsOf(t);
  const path = posix.resolve(posix.dirname(current), target);
  return posix.dirname(path) === releases ? posix.basename(path) : target;
}

/** What failed first, and where, unless it was here: this is said of each host. */
function whatWentWrong({ failure, failures, host, hosts }: TaskContext): string {
  if (failure?.error.code === "INTERRUPTED") return "the run was interrupted";
  if (failure === undefined) return "a later step failed";
  const where = failures.filter(({ task }) => task === failure.task).map((each) => ({ host: each.host }));
  const isElsewhere = hosts.some(({ id }) => id === failure.host) && !where.some((each) => each.host === host.id);
  return `${failure.task} failed${isElsewhere ? ` on ${namesOf(where)}` : ""}`;
}
