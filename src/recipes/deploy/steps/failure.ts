import type { CommandBodyContext } from "../../../index.ts";
import { command, pathsOf, releaseOf } from "../context.ts";
import { discardRelease } from "../release.ts";
import { describeStanding, showCurrent } from "../standing.ts";
import type { Steps } from "./step.ts";

export const failureSteps = {
  /** A release that was not published is removed on all hosts; one that was stays live, and that is said. */
  "deploy:failed": {
    desc: "Remove the release of a deploy that failed before it was published",
    commands(t) {
      if (!t.env.has("releaseId")) return [];
      const release = releaseOf(t);
      return [command(t, { title: `discard releases/${release.id}`, text: discardRelease(pathsOf(t), release) })];
    },
    receive(t, [result]) {
      if (result?.stdout === "discarded\n") t.log.changed(`removed ${t.env.releaseId} again: its deploy failed`);
    },
  },
  /** Goes back when asked to, if the release is live: a failure before that leaves nothing to go back from. */
  "deploy:roll-back": {
    desc: "Go back to the release before, if rollbackOnFailure is set",
    local: true,
    hidden: true,
    async run(t) {
      const hosts = t.hosts.map((host) => t.on(host));
      if (!hosts.some((host) => host.env.rollbackOnFailure && host.env.publishedRelease !== "")) t.skip();
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
    commands: (t) =>
      isOver(t) ? [command(t, { title: "look what is live", text: showCurrent(pathsOf(t)).script, acceptError: true })] : [],
    receive(t, [result]) {
      if (result !== undefined) t.log.standing(describeStanding(t, result.stdout));
    },
    sendAhead: true,
    states: [],
  },
} satisfies Steps;

/** Something failed, and not before this flow, which puts that right. */
function isOver({ failure, flow }: CommandBodyContext): boolean {
  return failure !== undefined && (failure.flow === undefined || failure.flow === flow);
}
