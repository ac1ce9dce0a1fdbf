import { drawColumns, type TaskRef, type VerbDefinition } from "../../index.ts";
import type { ReleaseInfo } from "./listing.ts";

/** @param list states the fact `releases` */
export function releasesVerb(list: TaskRef): VerbDefinition {
  return {
    desc: "List the releases on each host, and which one is live.",
    examples: [["releases -R production", "a table for each host"]],
    requires: ["deployPath"],
    async run(t) {
      const answered = await t.run(list);
      const data = answered.map(({ host, env }) => ({ host: host.id, releases: env.releases }));
      return { data, text: drawReleases(data) };
    },
  };
}

/** A table for each group of hosts that have the same; a star marks what is live. */
function drawReleases(listed: readonly { host: string; releases: readonly ReleaseInfo[] }[]): string {
  const groups = new Map<string, string[]>();
  for (const { host, releases } of listed) {
    const table = releases.length === 0 ? "  no releases\n" : drawTable(releases);
    groups.set(table, [...(groups.get(table) ?? []), host]);
  }
  return [...groups].map(([table, hosts]) => `${hosts.join(", ")}\n${table}`).join("\n");
}

function drawTable(releases: readonly ReleaseInfo[]): string {
  const rows = releases.map(({ id, at, current, status, revision, branch, user }) => [
    current ? "*" : " ",
    id,
    status,
    revision.slice(0, 7) || "-",
    branch || "-",
    user || "-",
    at.replace("T", " ").replace(/\.\d+Z$|Z$/, ""),
  ]);
  return drawColumns([[" ", "RELEASE", "STATUS", "REVISION", "BRANCH", "BY", "MADE (UTC)"], ...rows]);
}
