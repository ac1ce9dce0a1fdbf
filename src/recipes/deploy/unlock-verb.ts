import { type TaskRef, UsageError, type VerbDefinition } from "../../index.ts";
import { describeLock, isByHand } from "./lock-owner.ts";

/** @param look states the fact `lockOwner` @param unlock removes the lock of the run that its argument `run` names */
export function unlockVerb(look: TaskRef, unlock: TaskRef): VerbDefinition {
  return {
    desc: "Break the lock of a deploy, after saying whose it is.",
    examples: [["unlock -R production", "asks before it breaks it"]],
    requires: ["deployPath"],
    async run(t) {
      const answered = await t.run(look);
      const owners = new Map(answered.map(({ host, env }) => [host.id, env.lockOwner]));
      for (const [host, owner] of owners) t.print(`${host}: ${describeLock(owner)}\n`);
      const locked = answered.filter(({ env }) => env.lockOwner !== null);
      const isAtWork = (host: string): boolean => {
        const owner = owners.get(host);
        return !isByHand(owner) && owner?.life?.startsWith("dead") === false;
      };
      if (locked.length > 0)
        await confirm(
          locked.length,
          locked.some(({ host }) => isAtWork(host.id)),
          t.ui,
        );
      // Only the lock that was shown: it may have changed hands meanwhile.
      const broken = await t.run(unlock, { hosts: locked, args: (host) => ({ run: owners.get(host.id)?.run }) });
      for (const { host } of broken) t.print(`${host.id}: unlocked${isAtWork(host.id) ? `. ${WHAT_THEN}` : ""}\n`);
      const unlocked = new Set(broken.map(({ host }) => host.id));
      return { data: [...owners].map(([host, owner]) => ({ host, owner, unlocked: unlocked.has(host) })) };
    },
  };
}

const WHAT_THEN = "If that run is still at work, it stops at its next step.";

async function confirm(count: number, isAtWork: boolean, ui: Parameters<VerbDefinition["run"]>[0]["ui"]): Promise<void> {
  const what = count === 1 ? "this lock" : `these ${count} locks`;
  if (await ui.confirm(`Break ${what}?${isAtWork ? ` ${WHAT_THEN}` : ""}`)) return;
  throw new UsageError("NOT_CONFIRMED", "Nothing was done: it was not confirmed.");
}
