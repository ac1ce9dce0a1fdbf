import type { VerbOutcome } from "../../dsl/verb.ts";
import type { RunTarget } from "../../prepare/target.ts";
import { createHandledReporter } from "../../report/handle.ts";
import { linesOf } from "../../report/lines.ts";
import type { Reporter, Screen } from "../../report/reporter.ts";
import { createOutcomes } from "../exec-outcomes.ts";
import { createProgress } from "./progress.ts";

/** Shows nothing but warnings and interruptions until the end, then everything. */
export function createFoldReporter(
  target: Pick<RunTarget, "hosts">,
  stderr: Screen,
  draw: (outcomes: readonly VerbOutcome[]) => void,
): Reporter {
  const outcomes = createOutcomes(target, stderr);
  const progress = createProgress(target.hosts.map(({ host }) => host.id));
  return createHandledReporter({
    handlers(event) {
      outcomes.hear(event);
      progress.hear(event);
      if (event.kind === "interrupted") stderr.write(`${linesOf(progress.describe(event)).join("\n")}\n`);
    },
    end: () => draw(outcomes.all()),
  });
}
