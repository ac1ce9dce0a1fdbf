import { createHandledReporter } from "./handle.ts";
import { describeMissing, describeNotShown } from "./not-shown.ts";
import { createPaint } from "./paint.ts";
import { createPrinter } from "./printer.ts";
import type { EventHandlers, Reporter, ReporterOptions } from "./reporter.ts";
import { createSilentCommands } from "./silent-commands.ts";
import { columnsOf, summaryLines } from "./summary.ts";

/** What went wrong, and the summary. */
export function createQuietReporter({ screen, logFile }: Pick<ReporterOptions, "screen" | "logFile">): Reporter {
  const paint = createPaint(screen.color);
  const printer = createPrinter(screen);
  const silent = createSilentCommands();
  const handlers: Partial<EventHandlers> = {
    commandOutput: silent.hear,
    commandFinished: silent.finish,
    prompt: (event) => (event.state === "opened" ? printer.pause() : printer.resume()),
    runFinished(event) {
      const notShown = describeNotShown({ what: describeMissing(silent.count), logFile });
      printer.lines(summaryLines(event.result, { paint, notShown, columns: columnsOf(screen) }).slice(1));
    },
  };
  return createHandledReporter({ handlers, end: () => printer.close() });
}
