import { type TaskRef, UsageError, type VerbDefinition } from "../../index.ts";
import { drawByHosts } from "./listing.ts";
import { describeLock, isByHand, type LockOwner } from "./lock-owner.ts";

/** @param look states the fact `lockOwner` @param unlock removes the lock of the run that its argument `run` names */
export function unlockVerb(look: TaskRef, unlock: TaskRef): VerbDefinition {
  return {
    desc: "Break the lock of a deploy, after saying whose it is.",
    examples: [["unlock -R production", "asks before it breaks it"]],
    requires: ["deployPath"],
    async run(t) {
      const answered = await t.run(look);
      const owners = new Map(answered.map(({ host, env }) => [host.id, env.lockOwner]));
      t.print(drawByHosts([...owners].map(([host, owner]) => [host, describeLock(owner)])));
      const locked = answered.filter(({ env }) => env.lockOwner !== null);
      const remarks = new Set(locked.map(({ env }) => whatThen(env.lockOwner)));
      if (locked.length > 0) await confirm(locked.length, [...remarks].join(""), t.ui);
      // Only the lock that was shown: it may have changed hands meanwhile.
      const broken = await t.run(unlock, { hosts: locked, args: (host) => ({ run: owners.get(host.id)?.run }) });
      const sayBroken = (host: string): string => {
        const remark = whatThen(owners.get(host));
        return `unlocked${remark === "" ? "" : `.${remark}`}`;
      };
      t.print(drawByHosts(broken.map(({ host }) => [host.id, sayBroken(host.id)])));
      const unlocked = new Set(broken.map(({ host }) => host.id));
      return { data: [...owners].map(([host, owner]) => ({ host, owner, unlocked: unlocked.has(host) })) };
    },
  };
}

/** What becomes of whoever has a lock that is broken. */
function whatThen(owner: LockOwner | null | undefined): string {
  if (isByHand(owner) || owner?.life?.startsWith("dead") === true) return "";
  // Another version may not listen.
  if (owner?.life === "alive unsigned") return " Whoever holds it may still be at work.";
  return " If that run is still at work, it stops at its next step.";
}

async function confirm(count: number, remark: string, ui: Parameters<VerbDefinition["run"]>[0]["ui"]): Promise<void> {
  const what = count === 1 ? "this lock" : `these ${count} locks`;
  if (await ui.confirm(`Break ${what}?${remark}`)) return;
  throw new UsageError("NOT_CONFIRMED", "Nothing was done: it was not confirmed.");
}
