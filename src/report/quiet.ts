import { createHandledReporter } from "./handle.ts";
import { createNotShown } from "./not-shown.ts";
import { createPrinter } from "./printer.ts";
import type { EventHandlers, Reporter, ReporterOptions } from "./reporter.ts";
import { summaryLines } from "./summary.ts";

/** What went wrong, and the summary. */
export function createQuietReporter({ screen, logFile }: Pick<ReporterOptions, "screen" | "logFile">): Reporter {
  const printer = createPrinter(screen);
  const notShown = createNotShown({ logFile });
  const handlers: Partial<EventHandlers> = {
    commandOutput: notShown.hear,
    commandFinished: notShown.finish,
    prompt: printer.prompt,
    runFinished: ({ result }) => printer.print(summaryLines(result, screen, notShown.describe()).slice(1)),
  };
  return createHandledReporter({ handlers, end: printer.close });
}
