import type { TaskRef, VerbDefinition } from "../../index.ts";
import { drawByHosts } from "./listing.ts";
import { describeLock } from "./lock-owner.ts";

/** @param lock takes the lock by hand @param look states the fact `lockOwner` */
export function lockVerb(lock: TaskRef, look: TaskRef): VerbDefinition {
  return {
    desc: "Keep deploys off, until `fake unlock`.",
    examples: [['lock -R production -m "database is moving"', "whoever deploys is told who, why and since when"]],
    requires: ["deployPath"],
    async run(t) {
      // As a deploy takes it: who is refused on the first host has locked none of the others.
      const [leader, ...others] = t.hosts.toSorted((left, right) => (left.host.id < right.host.id ? -1 : 1));
      const first = await t.run(lock, { hosts: leader === undefined ? [] : [leader] });
      const locked = first.length === 0 ? [] : [...first, ...(await t.run(lock, { hosts: others }))];
      const answered = await t.run(look, { hosts: locked });
      t.print(drawByHosts(answered.map(({ host, env }) => [host.id, describeLock(env.lockOwner)])));
      const ids = new Set(locked.map(({ host }) => host.id));
      return { data: t.hosts.map(({ host }) => ({ host: host.id, locked: ids.has(host.id) })) };
    },
  };
}
