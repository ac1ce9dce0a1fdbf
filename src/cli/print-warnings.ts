import { neutralise } from "../command/neutralise.ts";
import { formatLocation, type Problem } from "../errors.ts";
import type { Screen } from "../report/reporter.ts";

/** What is odd but harmless, a line each. */
export function printWarnings(warnings: readonly Problem[], screen: Screen): void {
  const label = screen.color ? "\x1b[33mwarning:\x1b[39m" : "warning:";
  for (const { message, where, hint } of warnings) {
    const place = where === undefined ? "" : ` (${formatLocation(where)})`;
    screen.write(`${label} ${neutralise(`${message}${place}${hint === undefined ? "" : ` ${hint}`}`)}\n`);
  }
}
