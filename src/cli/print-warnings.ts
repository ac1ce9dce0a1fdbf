import { neutralise } from "../command/neutralise.ts";
import type { Problem } from "../errors.ts";
import { createPaint } from "../report/paint.ts";
import type { Screen } from "../report/reporter.ts";
import { describeProblem } from "./help/describe-problem.ts";

/** What is odd but harmless, a line each. */
export function printWarnings(warnings: readonly Problem[], screen: Screen): void {
  const label = createPaint(screen.color).yellow("warning:");
  for (const warning of warnings) {
    const hint = warning.hint === undefined ? "" : ` ${neutralise(warning.hint)}`;
    screen.write(`${label} ${describeProblem(warning)}${hint}\n`);
  }
}
