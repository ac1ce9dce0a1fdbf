import type { CommandBodyContext } from "../../../index.ts";
import {
  command,
  currentOf,
  describeRelease,
  describeUnmoved,
  entryFor,
  isBuiltAgain,
  kindOf,
  pathsOf,
  releaseOf,
  stateOf,
  staysOn,
} from "../context.ts";
import type { NewEntry } from "../journal.ts";
import { publish, switchBack } from "../publish.ts";
import type { Steps } from "./step.ts";

export const publishingSteps = {
  /** All hosts have built when the first one switches. */
  "deploy:symlink:release": {
    desc: "Switch current to the release",
    barrier: true,
    commands(t) {
      const release = releaseOf(t);
      if (staysOn(t)) return [];
      const from = stateOf(t)?.current.target;
      const publication = { release, kind: isBuiltAgain(t) ? "deploy" : kindOf(t), left: entryOfLeft(t, release.id), from };
      return [command(t, `current -> releases/${release.id}`, publish(pathsOf(t), t.runId, publication))];
    },
    receive(t, [result]) {
      const release = releaseOf(t);
      if (staysOn(t)) return t.log.standing(describeUnmoved(t));
      const warning = result?.stderr.trim() ?? "";
      if (warning !== "") t.log.warn(warning);
      t.log.changed(`current -> ${describeRelease(release)}`);
      t.log.standing(`live: ${describeRelease(release)}`);
      t.env.set("publishedRelease", release.id);
    },
    sendAhead: true,
    states: ["publishedRelease"],
  },
  /** When one host could not switch, those that have go back: no two hosts are left on different releases. */
  "deploy:switch-back": {
    desc: "Switch hosts back when one of them could not switch",
    hidden: true,
    commands(t) {
      const state = stateOf(t);
      if (state === undefined || !t.env.has("releaseId") || staysOn(t)) return [];
      const left = currentOf(t);
      const before =
        state.current.kind === "link"
          ? { target: state.current.target, entry: left === undefined ? undefined : entryFor(left, "live", t.runId) }
          : undefined;
      const title = before === undefined ? "remove current, if it was made" : `current -> ${before.target}, if it was switched`;
      return [command(t, title, switchBack(pathsOf(t), t.runId, t.env.releaseId, before))];
    },
    receive(t, [result]) {
      if (result?.stdout.includes("switched-back") !== true) return;
      const left = currentOf(t);
      t.log.changed(left === undefined ? "current removed again" : `current -> ${left.id} (switched back)`);
      t.log.standing(describeUnmoved(t));
      t.env.set("publishedRelease", "");
    },
  },
} satisfies Steps;

/**
 * What the journal is to say of the release that was live: after going back, that it is bad; else that it was live, where
 * the journal does not know, because another tool made it or the journal was lost.
 */
function entryOfLeft(t: CommandBodyContext, id: string): NewEntry | undefined {
  const left = currentOf(t);
  if (left === undefined || left.id === id) return undefined;
  if (kindOf(t) === "rollback" && id < left.id) return entryFor(left, "bad", t.runId);
  return left.entry?.status === "live" ? undefined : entryFor(left, "live", t.runId);
}
