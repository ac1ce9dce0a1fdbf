import type { TaskRef, VerbDefinition } from "../../index.ts";
import { describeLock } from "./lock-owner.ts";

/** @param lock takes the lock by hand @param look states the fact `lockOwner` */
export function lockVerb(lock: TaskRef, look: TaskRef): VerbDefinition {
  return {
    desc: "Keep deploys off, until `fake unlock`.",
    examples: [['lock -R production -m "database is moving"', "whoever deploys is told who, why and since when"]],
    requires: ["deployPath"],
    async run(t) {
      const locked = await t.run(lock);
      const answered = await t.run(look, { hosts: locked });
      for (const { host, env } of answered) t.print(`${host.id}: ${describeLock(env.lockOwner)}\n`);
      const ids = new Set(locked.map(({ host }) => host.id));
      return { data: t.hosts.map(({ host }) => ({ host: host.id, locked: ids.has(host.id) })) };
    },
  };
}
