import { neutralise } from "../command/neutralise.ts";
import { groupBy } from "../group-by.ts";
import type { Failure, HostResult, HostStatus, RunResult } from "../runner/result.ts";
import { formatElapsed } from "./elapsed.ts";
import { failureLines } from "./failures.ts";
import { countHosts, LOCAL, nameHosts, withoutHost } from "./host-list.ts";
import { createPaint, type Paint } from "./paint.ts";
import type { Screen } from "./reporter.ts";
import { wrap } from "./width.ts";

/** Different things told about the hosts of a run before the rest is counted. */
const MOST = 20;

/** How a host can come out of a run that did not go well there, and what that means where the word does not say it. */
const TROUBLES: readonly { readonly status: HostStatus; readonly word: string; readonly meaning?: string }[] = [
  { status: "failed", word: "failed" },
  { status: "unreachable", word: "unreachable" },
  { status: "unknown", word: "unknown", meaning: "what came of a command there was not heard" },
  { status: "unfinished", word: "unfinished", meaning: "the run ended before all was done there" },
  { status: "skipped", word: "untouched", meaning: "nothing was begun there" },
];

/**
 * The outcome of a run as lines: what was changed, where the hosts stand, and what went wrong last.
 * @param screen sentences are broken between words there; in a file or a pipe they are a line each, however long
 * @param notShown what was left out above, and where it is
 */
export function summaryLines(
  result: RunResult,
  screen: Pick<Screen, "color" | "isTTY" | "columns">,
  notShown?: string,
): readonly string[] {
  const { dryRun } = result;
  const hosts = result.hosts.filter(({ host }) => host !== LOCAL);
  const paint = createPaint(screen.color);
  const changed = result.hosts.flatMap((host) => host.changed.map((text) => ({ host: host.host, text })));
  const standing = result.hosts.flatMap((host) =>
    host.standing === undefined ? [] : [{ host: host.host, text: standingOf(host) }],
  );
  const lines = [
    ...(result.ok ? [] : whoHadTrouble(hosts)),
    ...told(dryRun ? "would change: " : "changed: ", changed, hosts),
    ...told("", standing, hosts),
    ...(notShown === undefined ? [] : [paint.dim(`  not shown: ${notShown}`)]),
  ];
  const breakLine = (line: string): readonly string[] => (screen.isTTY ? wrap(line, screen.columns, "    ") : [line]);
  const names = hosts.map(({ host }) => host);
  const failures = failureLines(tellableFailures(result), names, paint, breakLine);
  return ["", ...[verdict(result, hosts, paint), ...lines].flatMap(breakLine), ...failures];
}

function verdict(result: RunResult, hosts: readonly HostResult[], paint: Paint): string {
  const { ok, dryRun, duration, interrupted, failures } = result;
  const time = formatElapsed(duration);
  const counts = countTroubles(hosts);
  const outcome = counts === "" ? "" : `: ${counts}`;
  if (interrupted !== undefined) return paint.yellow(`■ Interrupted by ${neutralise(interrupted)} after ${time}${outcome}`);
  const isHere = hosts.every(({ status }) => status === "ok" || status === "unfinished" || status === "skipped");
  const isOnHost = failures.some(({ error }) => error.commandHost !== undefined && error.commandHost !== LOCAL);
  const here = isHere && !isOnHost ? ", on this machine" : "";
  if (!ok) return paint.red(`✖ Failed after ${time}${here}${outcome}`);
  if (dryRun) return paint.green("✔ Dry run: nothing was sent");
  return paint.green(`✔ Done in ${time}${countDone(hosts)}`);
}

/** `3 hosts ok`, `1 host ok, 4 with nothing to do`, `2 hosts ok, 1 unreachable`: a task that succeeds may have taken that for an answer. */
function countDone(hosts: readonly HostResult[]): string {
  const count = (wanted: HostResult["status"]): number => hosts.filter(({ status }) => status === wanted).length;
  const [done, gone] = [count("ok"), count("unreachable")];
  const idle = hosts.length - done - gone;
  if (done === 0) return "";
  const more = [...(idle === 0 ? [] : [`${idle} with nothing to do`]), ...(gone === 0 ? [] : [`${gone} unreachable`])];
  return `: ${[`${countHosts(done)} ok`, ...more].join(", ")}`;
}

/** `1 host failed`, `all 3 hosts failed`, `1 of 3 hosts failed`, `1 of 40 hosts failed, 2 unreachable`. */
function countTroubles(hosts: readonly HostResult[]): string {
  const counts = TROUBLES.map(({ status, word }) => ({ word, count: hosts.filter((host) => host.status === status).length }));
  const [first, ...more] = counts.filter(({ count }) => count > 0);
  if (first === undefined) return "";
  const all = hosts.length === 1 ? "" : first.count === hosts.length ? "all " : `${first.count} of `;
  return [`${all}${countHosts(hosts.length)} ${first.word}`, ...more.map(({ word, count }) => `${count} ${word}`)].join(", ");
}

/** Which hosts, unless all of them; and what it means. */
function whoHadTrouble(hosts: readonly HostResult[]): readonly string[] {
  return TROUBLES.flatMap(({ status, word, meaning }) => {
    const names = hosts.filter((host) => host.status === status).map((host) => host.host);
    const parts = [
      word,
      ...(meaning === undefined ? [] : [meaning]),
      ...(names.length === hosts.length ? [] : [nameHosts(names, 40)]),
    ];
    return names.length === 0 || parts.length === 1 ? [] : [`  ${parts.join(": ")}`];
  });
}

/** What was true when a host was last heard of need not be so any more. */
function standingOf({ status, standing = "" }: HostResult): string {
  return status === "unknown" || status === "unreachable" ? `when it was last heard of, ${standing}` : standing;
}

/** That the run was interrupted is in the verdict. */
function tellableFailures({ failures, interrupted }: RunResult): readonly Failure[] {
  return interrupted === undefined ? failures : failures.filter(({ error }) => error.code !== "INTERRUPTED");
}

/** One line for each different text, with the hosts that it is about. */
function told(title: string, items: readonly { host: string; text: string }[], hosts: readonly HostResult[]): readonly string[] {
  const groups = groupBy(items, (item) => withoutHost(item.text, item.host));
  const lines = groups.slice(0, MOST).map((group) => {
    const names = [...new Set(group.map((item) => item.host))];
    const isOnlyOne = hosts.length === 1 && !names.includes(LOCAL);
    const shown = names.length > 1 ? withoutHost(group[0].text, group[0].host) : group[0].text;
    const text = neutralise(shown).replaceAll("\n", "\n      ");
    return isOnlyOne ? `  ${title}${text}` : `  ${title}${text} (${whose(names, hosts.length)})`;
  });
  return groups.length > MOST ? [...lines, `  ${title}${groups.length - MOST} more`] : lines;
}

function whose(all: readonly string[], total: number): string {
  const names = all.filter((name) => name !== LOCAL);
  if (names.length < all.length) return ["this machine", ...(names.length === 0 ? [] : [whose(names, total)])].join(", ");
  if (names.length === total && total > 1) return total === 2 ? "both hosts" : `all ${total} hosts`;
  return names.length > 3 ? countHosts(names.length) : nameHosts(names);
}
