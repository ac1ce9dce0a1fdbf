import { neutralise } from "../../command/neutralise.ts";
import type { VerbOutcome } from "../../dsl/verb.ts";
import { groupBy } from "../../group-by.ts";
import { createPaint } from "../../report/paint.ts";
import type { Screen } from "../../report/reporter.ts";
import { nameRanges } from "../exec/name-hosts.ts";
import type { CliIo } from "../terminal/io.ts";

/** Output by hosts: those that answered the same share one block. stdout is results; everything else goes to stderr. */
export function drawOutcomes(outcomes: readonly VerbOutcome[], io: CliIo): void {
  const groups = groupBy(outcomes, ({ status, exitCode, error, stdout, stderr }) => {
    // Lengths tell where one ends: nothing that can be large is written out anew in another form.
    return `${JSON.stringify([status, exitCode, error, stdout.length])}${stdout}${stderr}`;
  });
  // What went well first: what needs looking at stays on the screen.
  for (const group of groups.toSorted(([left], [right]) => Number(isBad(left)) - Number(isBad(right)))) {
    const [first] = group;
    const names = nameRanges(
      group.map(({ host }) => host),
      group.length,
    );
    const title = first.status === "ok" ? names : `${names} (${describeEnd(first)})`;
    const screen = isBad(first) && first.stdout === "" ? io.stderr : io.stdout;
    screen.write(`${createPaint(screen.color)[isBad(first) ? "red" : "bold"](title)}\n`);
    writeIndented(screen, first.stdout);
    for (const text of [first.stderr, first.error ?? ""]) writeIndented(io.stderr, text);
    if (first.truncated) io.stderr.write("  (only the end of what it printed)\n");
  }
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
