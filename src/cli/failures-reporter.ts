import { neutralise } from "../command/neutralise.ts";
import { createPaint } from "../report/paint.ts";
import type { Reporter, Screen } from "../report/reporter.ts";
import { printWarnings } from "./print-warnings.ts";

/** For verbs with a result of their own: tells what failed on which host, and nothing else. */
export function createFailuresReporter(screen: Screen): Reporter {
  const label = createPaint(screen.color).red("error:");
  return {
    on(event) {
      if (event.kind === "message" && event.level === "warn") printWarnings([{ message: event.text }], screen);
      if (event.kind !== "runFinished") return;
      for (const { host, error } of event.result.failures) {
        const rows = [error.message, error.stderr, error.hint].filter((part) => part !== undefined && part !== "");
        screen.write(`${label} ${host}: ${neutralise(rows.join("\n")).trimEnd().replaceAll("\n", "\n  ")}\n`);
      }
    },
    async end() {},
  };
}
