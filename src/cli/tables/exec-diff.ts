import { neutralise } from "../../command/neutralise.ts";
import type { VerbOutcome } from "../../dsl/verb.ts";
import { createPaint } from "../../report/paint.ts";
import type { Screen } from "../../report/reporter.ts";
import { diffLines, type LineDiff } from "../exec/line-diff.ts";
import { drawEnd, drawGroup, drawTitle, groupOutcomes, nameGroup, type SameOutcomes, type TwoScreens } from "./exec-table.ts";

/** Lines of one diff that are shown. */
const MOST = 200;

/** What most hosts printed, once; then of the others what is different there, as a unified diff. */
export function drawDifferences(outcomes: readonly VerbOutcome[], screens: TwoScreens): void {
  const groups = groupOutcomes(outcomes);
  // Where it did not run there is no output to compare.
  const [most] = groups.filter(([{ status }]) => hasRun(status)).toSorted((left, right) => right.length - left.length);
  if (most !== undefined) drawGroup(most, screens);
  for (const group of groups) {
    if (group === most) continue;
    if (most !== undefined && hasRun(group[0].status)) drawDifference(most, group, screens);
    else drawGroup(group, screens);
  }
}

function hasRun(status: VerbOutcome["status"]): boolean {
  return status !== "unreachable" && status !== "skipped";
}

function drawDifference(most: SameOutcomes, group: SameOutcomes, screens: TwoScreens): void {
  const [first] = group;
  const stdout = diffLines(most[0].stdout, first.stdout);
  const stderr = diffLines(most[0].stderr, first.stderr);
  drawTitle(group, screens, stdout.length > 0 || stderr.length === 0);
  if (stdout.length + stderr.length === 0) screens.stdout.write(`  (printed the same as ${nameGroup(most)})\n`);
  for (const [screen, diff] of [[screens.stdout, stdout] as const, [screens.stderr, stderr] as const])
    if (diff.length > 0) drawDiff(screen, [`--- ${nameGroup(most)}`, `+++ ${nameGroup(group)}`, ...diff]);
  drawEnd(group, screens);
}

function drawDiff(screen: Screen, diff: LineDiff): void {
  const paint = createPaint(screen.color);
  const colors = { "-": paint.red, "+": paint.green, "@": paint.cyan } as const;
  for (const line of diff.slice(0, MOST)) {
    const color = colors[line.charAt(0) as keyof typeof colors];
    const shown = neutralise(line);
    screen.write(`  ${color === undefined ? shown : color(shown)}\n`);
  }
  if (diff.length > MOST) screen.write(`  ${paint.dim(`… ${diff.length - MOST} more lines are different`)}\n`);
}
