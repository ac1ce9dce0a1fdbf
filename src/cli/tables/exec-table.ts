import { neutralise } from "../../command/neutralise.ts";
import type { VerbOutcome } from "../../dsl/verb.ts";
import { groupBy } from "../../group-by.ts";
import { createPaint } from "../../report/paint.ts";
import type { Screen } from "../../report/reporter.ts";
import { nameRanges } from "../exec/name-hosts.ts";
import type { CliIo } from "../terminal/io.ts";

/** Where results go, and where all else does. */
export type TwoScreens = Pick<CliIo, "stdout" | "stderr">;

/** Outcomes that are the same. */
export type SameOutcomes = readonly [VerbOutcome, ...VerbOutcome[]];

/** Output by hosts: those that answered the same share one block. stdout is results; everything else goes to stderr. */
export function drawOutcomes(outcomes: readonly VerbOutcome[], screens: TwoScreens): void {
  for (const group of groupOutcomes(outcomes)) drawGroup(group, screens);
}

/** Those that are the same together, and what went well first: what needs looking at stays on the screen. */
export function groupOutcomes(outcomes: readonly VerbOutcome[]): readonly SameOutcomes[] {
  const groups = groupBy(outcomes, ({ status, exitCode, error, stdout, stderr }) => {
    // Lengths tell where one ends: nothing that can be large is written out anew in another form.
    return `${JSON.stringify([status, exitCode, error, stdout.length])}${stdout}${stderr}`;
  });
  return groups.toSorted(([left], [right]) => Number(isBad(left)) - Number(isBad(right)));
}

/** Who it was, how it ended there, and all that it printed. */
export function drawGroup(group: SameOutcomes, screens: TwoScreens): void {
  const [{ stdout, stderr, error = "" }] = group;
  drawTitle(group, screens, stdout !== "");
  writeIndented(screens.stdout, stdout);
  for (const text of [stderr, error]) writeIndented(screens.stderr, text);
  drawEnd(group, screens);
}

/** @param isResult of what goes to stdout: what went well is one, even if it printed nothing */
export function drawTitle(group: SameOutcomes, { stdout, stderr }: TwoScreens, isResult: boolean): void {
  const [first] = group;
  const screen = isBad(first) && !isResult ? stderr : stdout;
  const title = first.status === "ok" ? nameGroup(group) : `${nameGroup(group)} (${describeEnd(first)})`;
  screen.write(`${createPaint(screen.color)[isBad(first) ? "red" : "bold"](title)}\n`);
}

/** Says where something is missing. */
export function drawEnd([{ truncated }]: SameOutcomes, { stderr }: TwoScreens): void {
  if (truncated) stderr.write("  (only the end of what it printed)\n");
}

/** All of its hosts. */
export function nameGroup(group: SameOutcomes): string {
  return nameRanges(
    group.map(({ host }) => host),
    group.length,
  );
}

function isBad({ status }: VerbOutcome): boolean {
  return status !== "ok";
}

/** How it ended where it did not end well. */
export function describeEnd({ status, exitCode }: Pick<VerbOutcome, "status" | "exitCode">): string {
  if (status === "failed") return `exit code ${exitCode ?? "missing"}`;
  if (status === "timed-out") return "timed out";
  return status === "unknown" ? "connection lost: outcome unknown" : status;
}

/** Characters of output that are made ready to be shown at once. */
const PORTION = 65_536;

/** In portions of whole lines, so that no escape sequence is cut in two. */
function writeIndented(screen: Screen, text: string): void {
  for (let from = 0; from < text.length; ) {
    const most = from + PORTION;
    const newline = most < text.length ? Math.max(text.lastIndexOf("\n", most), text.indexOf("\n", from)) : -1;
    const to = newline < from ? text.length : newline + 1;
    const lines = neutralise(text.slice(from, to)).replace(/\n$/, "").split("\n");
    // Joined, not replaced: a string that came of thousands of replacements takes twenty times its length.
    screen.write(`  ${lines.join("\n  ")}\n`);
    from = to;
  }
}
