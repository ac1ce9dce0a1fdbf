import { neutralise } from "../command/neutralise.ts";
import type { HostResult, HostStatus, RunResult } from "../runner/result.ts";
import { formatElapsed } from "./elapsed.ts";
import { failureLines } from "./failures.ts";
import { countHosts, groupBy, nameHosts } from "./host-list.ts";
import type { Paint } from "./paint.ts";

export interface SummaryOptions {
  readonly paint: Paint;
  /** What was left out above, and where it is. */
  readonly notShown?: string | undefined;
}

/** Different things told about the hosts of a run before the rest is counted. */
const MOST = 20;

const STATUSES: readonly HostStatus[] = ["ok", "failed", "unreachable", "unknown", "skipped"];

const MEANING: Readonly<Partial<Record<HostStatus, string>>> = {
  unknown: "unknown: the link was lost before the outcome came",
  skipped: "skipped: nothing was done there",
};

/** The outcome of a run as lines: what was changed, where the hosts stand, and what went wrong last. */
export function summaryLines(result: RunResult, { paint, notShown }: SummaryOptions): readonly string[] {
  const lines = ["", verdict(result, paint)];
  for (const status of STATUSES.slice(1)) {
    const hosts = result.hosts.filter((host) => host.status === status).map((host) => host.host);
    if (hosts.length > 0 && result.hosts.length > 1) lines.push(`  ${MEANING[status] ?? status}: ${nameHosts(hosts, 40)}`);
  }
  const changed = result.hosts.flatMap((host) => host.changed.map((text) => ({ host: host.host, text })));
  const standing = result.hosts.flatMap(({ host, standing: text }) => (text === undefined ? [] : [{ host, text }]));
  lines.push(...told(result.dryRun ? "would change" : "changed", changed, result.hosts));
  lines.push(...told("now", standing, result.hosts));
  if (notShown !== undefined) lines.push(paint.dim(`  not shown: ${notShown}`));
  return [...lines, ...failureLines(result.failures, paint)];
}

function verdict(result: RunResult, paint: Paint): string {
  const time = formatElapsed(result.duration);
  const counts = STATUSES.map((status) => [status, result.hosts.filter((host) => host.status === status).length] as const);
  const hosts =
    counts.flatMap(([status, count]) => (count === 0 ? [] : [status])).length === 1 ? onlyOne(counts) : several(counts);
  const outcome = hosts === "" ? "" : `: ${hosts}`;
  if (result.interrupted !== undefined)
    return paint.yellow(`■ Interrupted by ${neutralise(result.interrupted)} after ${time}${outcome}`);
  if (!result.ok) return paint.red(`✖ Failed after ${time}${outcome}`);
  return result.dryRun ? paint.green("✔ Dry run: nothing was sent") : paint.green(`✔ Done in ${time}${outcome}`);
}

type Counts = readonly (readonly [HostStatus, number])[];

function onlyOne(counts: Counts): string {
  return counts.flatMap(([status, count]) => (count === 0 ? [] : [`${countHosts(count)} ${status}`])).join("");
}

function several(counts: Counts): string {
  return counts.flatMap(([status, count]) => (count === 0 ? [] : [`${count} ${status}`])).join(", ");
}

/** One line for each different text, with the hosts that it is about. */
function told(title: string, items: readonly { host: string; text: string }[], hosts: readonly HostResult[]): readonly string[] {
  const groups = groupBy(items, (item) => item.text);
  const lines = groups.slice(0, MOST).map((group) => {
    const names = [...new Set(group.map((item) => item.host))];
    const text = neutralise(group[0].text).replaceAll("\n", "\n      ");
    return hosts.length === 1 ? `  ${title}: ${text}` : `  ${title}: ${text} (${whose(names, hosts.length)})`;
  });
  return groups.length > MOST ? [...lines, `  ${title}: ${groups.length - MOST} more`] : lines;
}

function whose(names: readonly string[], total: number): string {
  if (names.length === total) return total === 2 ? "both hosts" : `all ${total} hosts`;
  return names.length > 3 ? countHosts(names.length) : nameHosts(names);
}
