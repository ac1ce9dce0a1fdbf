import { type TaskRef, UsageError, type VerbDefinition } from "../../index.ts";
import { describeLock, type LockOwner } from "./lock-owner.ts";

/** @param look states the fact `lockOwner` @param unlock removes the lock of the run that its argument `run` names */
export function unlockVerb(look: TaskRef, unlock: TaskRef): VerbDefinition {
  return {
    desc: "Break the lock of a deploy, after saying whose it is.",
    examples: [["unlock -R production", "asks before it breaks it"]],
    requires: ["deployPath"],
    async run(t) {
      const answered = await t.run(look);
      const owners = new Map<string, LockOwner | null>();
      for (const { host, env } of answered) {
        const owner: LockOwner | null = await env.get("lockOwner");
        t.print(`${host.id}: ${describeLock(owner)}\n`);
        owners.set(host.id, owner);
      }
      const locked = answered.filter(({ host }) => (owners.get(host.id) ?? null) !== null);
      if (locked.length > 0) await confirm(locked.length, t.ui);
      // Only the lock that was shown: it may have changed hands meanwhile.
      const broken = await t.run(unlock, { hosts: locked, args: (host) => ({ run: owners.get(host.id)?.run }) });
      for (const { host } of broken) t.print(`${host.id}: unlocked\n`);
      const isBroken = (id: string): boolean => broken.some(({ host }) => host.id === id);
      return { data: [...owners].map(([host, owner]) => ({ host, owner, unlocked: isBroken(host) })) };
    },
  };
}

async function confirm(count: number, ui: Parameters<VerbDefinition["run"]>[0]["ui"]): Promise<void> {
  const what = count === 1 ? "this lock" : `these ${count} locks`;
  if (await ui.confirm(`Break ${what}? Whoever holds it may still be at work.`)) return;
  throw new UsageError("NOT_CONFIRMED", "Nothing was done: it was not confirmed.");
}
