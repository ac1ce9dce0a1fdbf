import { type Command, type CommandBodyContext, script } from "../../../index.ts";
import { archiveRelease, releasesToRemove, removeReleases } from "../cleanup.ts";
import { command, currentOf, isBuiltAgain, isDeploying, kindOf, pathsOf, releaseOf, stateOf, staysOn } from "../context.ts";
import { freeLock } from "../lock.ts";
import { deployedLine, isLogged, logRevision, rolledBackLine } from "../log-revision.ts";
import { findEarlier } from "../resume.ts";
import { noteFinished } from "../skip-same.ts";
import { readTagged } from "../tagged-lines.ts";
import type { Steps } from "./step.ts";

export const finishingSteps = {
  "deploy:cleanup": {
    desc: "Remove old and half-built releases",
    needs: ["deploy:lock", "deploy:set-previous-revision"],
    commands(t) {
      const ids = removalsOf(t);
      const remove = command(t, `remove releases ${ids.join(", ")}`, removeReleases(pathsOf(t), t.runId, ids));
      return [...(ids.length === 0 ? [] : [remove]), ...unlockAlone(t)];
    },
    receive(t, [result]) {
      const said = readTagged(result?.stdout ?? "");
      const removed = said("removed");
      if (removed.length > 0) t.log.changed(`removed ${removed.join(", ")}`);
      for (const kept of said("kept")) {
        const [id] = kept.split(" ", 1);
        t.log.warn(`releases/${id} could not be removed: ${kept.slice(kept.indexOf(" ") + 1)}`);
      }
    },
    sendAhead: true,
    states: [],
  },
  "deploy:unlock-cleanup": {
    desc: "Free the lock when a cleanup on its own has failed",
    hidden: true,
    commands: unlockAlone,
  },
  "deploy:cleanup-rollback": {
    desc: "Pack the release that was left, if archiveRolledBack is set",
    commands(t) {
      const left = currentOf(t)?.id;
      if (!t.env.archiveRolledBack || left === undefined || staysOn(t)) return [];
      return [command(t, `pack rolled-back-release-${left}.tar.gz`, archiveRelease(pathsOf(t), t.runId, left))];
    },
  },
  "deploy:log-revision": {
    desc: "Note the release in revisions.log",
    commands(t) {
      const release = releaseOf(t);
      if (staysOn(t)) return [];
      if (isDeploying(t) && findEarlier(stateOf(t), release.id)?.logged !== undefined) return [];
      const lines = [
        ...(isDeploying(t) || isBuiltAgain(t) ? [deployedLine(release)] : []),
        ...(kindOf(t) === "rollback" ? [rolledBackLine(release.user, release.id)] : []),
      ];
      const ifLost = { done: isLogged(pathsOf(t), lines.at(-1) ?? "") };
      // A rollback that went well is not failed by its note.
      const acceptError = kindOf(t) === "rollback";
      return [command(t, "note it in revisions.log", logRevision(pathsOf(t), lines.join("\n")), { ifLost, acceptError })];
    },
    receive(t, [result]) {
      if (result !== undefined && result.exitCode !== 0)
        t.log.warn(`It could not be noted in revisions.log: ${result.stderr.trim()}`);
    },
    sendAhead: true,
    states: [],
  },
  "deploy:unlock": {
    desc: "Free the lock of this run",
    notAlone: "It is the end of a deploy. To free a lock, whoever has it: fake unlock, with the same -R.",
    commands: unlock,
    receive(t, [result]) {
      const broken = result?.stdout.trim() ?? "";
      if (broken !== "" && t.failure === undefined) t.log.warn(`${broken} That was noticed only when all was done.`);
    },
    sendAhead: true,
    states: [],
  },
} satisfies Steps;

function removalsOf(t: CommandBodyContext): readonly string[] {
  const { keepReleases } = t.env;
  const state = stateOf(t);
  if (state === undefined) return [`<all but the newest ${keepReleases}>`];
  return releasesToRemove(state, keepReleases, isDeploying(t) ? t.env.releaseId : undefined);
}

function unlock(t: CommandBodyContext): readonly Command[] {
  const paths = pathsOf(t);
  // After a failure it must not depend on a setting whether the lock is freed.
  const isWell = t.failure === undefined && t.flow !== undefined && t.env.skipSame && t.env.has("releaseId");
  const note = isWell ? noteFinished(paths, t.env.releaseId).script : "";
  return [command(t, "free the lock", script(note, freeLock(paths, t.runId)).script, { hold: false })];
}

/** Outside of a flow, a cleanup has the lock to itself, and has to free it. */
function unlockAlone(t: CommandBodyContext): readonly Command[] {
  return t.flow === undefined ? unlock(t) : [];
}
