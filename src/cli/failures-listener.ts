import { neutralise } from "../command/neutralise.ts";
import { createPaint } from "../report/paint.ts";
import type { Screen } from "../report/reporter.ts";
import type { Emit } from "../runner/events.ts";
import { printWarnings } from "./print-warnings.ts";

/** For verbs with a result of their own: tells what failed on which host, and nothing else. */
export function createFailuresListener(screen: Screen): Emit {
  const label = createPaint(screen.color).red("error:");
  return (event) => {
    if (event.kind === "message" && event.level === "warn") printWarnings([{ message: event.text }], screen);
    if (event.kind !== "runFinished") return;
    for (const { host, error } of event.result.failures) {
      const rows = [error.message, error.stderr, error.hint].filter((part) => part !== undefined && part !== "");
      screen.write(`${label} ${host}: ${neutralise(rows.join("\n")).trimEnd().replaceAll("\n", "\n  ")}\n`);
    }
  };
}
