import { command, currentOf, describeLeft, describeRelease, pathsOf, releaseOf, stateOf } from "../at-hand.ts";
import { discardRelease } from "../release.ts";
import type { Step } from "./step.ts";

/** Before the release was published, it is removed on all hosts; afterwards it stays live, and that is said. */
export const failed: Step = {
  desc: "Remove the release of a deploy that failed before it was published",
  commands(t) {
    if (!t.env.has("releaseId")) return [];
    const release = releaseOf(t);
    return [command(t, { title: `discard releases/${release.id}`, text: discardRelease(pathsOf(t), release) })];
  },
  receive(t, [result]) {
    const said = (result?.stdout ?? "").split("\n");
    if (said[0] === "live")
      t.log.standing(`live: ${describeRelease(releaseOf(t))}, but ${t.failure?.task ?? "a later step"} failed`);
    // A line of its own, and the last one: `live` and `discarded` may be part of any path.
    if (said.at(-2) !== "discarded") return;
    t.log.changed(`removed ${t.env.releaseId} again: its deploy failed`);
    const target = said[0]?.startsWith("current ") === true ? said[0].slice("current ".length) : "";
    if (target === (stateOf(t)?.current.target ?? "")) t.log.standing(describeLeft(currentOf(t)));
    else t.log.standing(`current is not what it was: ${target === "" ? "it is no link" : `it points to ${target}`}`);
  },
};

/** Goes back when asked to, if the release is live: a failure before that leaves nothing to go back from. */
export const rollBack: Step = {
  desc: "Go back to the release before, if rollbackOnFailure is set",
  local: true,
  hidden: true,
  async run(t) {
    const hosts = t.hosts.map((host) => t.on(host));
    if (!hosts.some((host) => host.env.rollbackOnFailure && host.env.publishedRelease !== "")) t.skip();
    await t.execute("rollback");
  },
};
