import { neutralise } from "../../command/neutralise.ts";
import type { ReleaseInfo } from "../../recipes/deploy/listing.ts";
import { drawColumns } from "./table.ts";

/** What one host has. */
export interface HostReleases {
  readonly host: string;
  /** Newest first. */
  readonly releases: readonly ReleaseInfo[];
}

/** A table for each group of hosts that have the same; a star marks what is live. */
export function drawReleases(listed: readonly HostReleases[]): string {
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
  const heads = [" ", "RELEASE", "STATUS", "REVISION", "BRANCH", "BY", "MADE (UTC)"];
  return neutralise(drawColumns([heads, ...rows]));
}
