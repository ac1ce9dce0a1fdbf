import { createHandledReporter } from "../../report/handle.ts";
import { atPace } from "../../report/pace.ts";
import { createPaint } from "../../report/paint.ts";
import { createPainter } from "../../report/painter.ts";
import type { Reporter, ReporterOptions, Screen } from "../../report/reporter.ts";
import type { TwoScreens } from "../tables/exec-table.ts";
import { createProgress } from "./progress.ts";

/** Between two pictures: what scrolls by takes the line away until the next. */
const PACE_MS = 200;
/** Before that there is nothing to wait for. */
const QUICK_MS = 1000;

export interface StatusOptions extends TwoScreens, Pick<ReporterOptions, "now" | "every"> {
  /** Ids. */
  readonly hosts: readonly string[];
}

/** A line below all that is shown, which says how many hosts are done. */
export interface Status {
  /** What is written there goes above the line. */
  readonly screens: TwoScreens;
  /** The same reporter, with the line below it until it ends. */
  below(reporter: Reporter): Reporter;
}

/** How far the hosts are, on the terminal that stderr is, once it takes longer than a second. */
export function createStatus({ stdout, stderr, hosts, now, every = atPace }: StatusOptions): Status {
  const painter = createPainter(stderr);
  const paint = createPaint(stderr.color);
  const progress = createProgress(hosts);
  let since: number | undefined;
  let prompts = 0;
  let stop: (() => void) | undefined;
  const halt = (): void => {
    stop?.();
    stop = undefined;
    painter.clear();
  };
  const draw = (): void => {
    const time = since === undefined ? 0 : now() - since;
    if (prompts === 0 && time >= QUICK_MS) painter.draw([paint.dim(progress.tell(time))]);
  };
  const below = (reporter: Reporter): Reporter =>
    createHandledReporter({
      handlers(event) {
        progress.hear(event);
        if (event.kind === "runStarted") {
          since = now();
          stop ??= every(PACE_MS, draw);
        } else if (event.kind === "prompt") {
          prompts = Math.max(0, prompts + (event.state === "opened" ? 1 : -1));
          painter.clear();
        } else if (event.kind === "runFinished") halt();
        reporter.on(event);
      },
      async end() {
        halt();
        await reporter.end();
      },
      restore() {
        halt();
        reporter.restore?.();
      },
    });
  return { screens: { stdout: aboveLine(stdout, painter.clear), stderr: aboveLine(stderr, painter.clear) }, below };
}

/** A screen that asks for its place first. */
function aboveLine(screen: Screen, clear: () => void): Screen {
  return Object.create(screen, {
    write: {
      value(text: string): void {
        if (screen.isTTY) clear();
        screen.write(text);
      },
    },
  }) as Screen;
}
