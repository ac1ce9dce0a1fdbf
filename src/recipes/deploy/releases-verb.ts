import type { TaskRef, VerbDefinition } from "../../index.ts";
import { drawReleases } from "./listing.ts";

/** @param list states the fact `releases` */
export function releasesVerb(list: TaskRef, now: () => number): VerbDefinition {
  return {
    desc: "List the releases on each host, and which one is live.",
    examples: [["releases -R production", "a table for each host"]],
    requires: ["deployPath"],
    async run(t) {
      const answered = await t.run(list);
      const data = answered.map(({ host, env }) => ({ host: host.id, releases: env.releases }));
      return { data, text: drawReleases(data, now()) };
    },
  };
}
