import type { Reporter } from "../../report/reporter.ts";
import type { RunEvent } from "../../runner/events.ts";
import { createProgress } from "./progress.ts";

/** A command that runs longer is watched. */
const QUICK_MS = 1000;
/** What one host has printed waits that long for hosts that are still being logged in to. */
const PATIENCE_MS = 3000;
/** Characters that are held back: more is no quick look. */
const MOST = 65_536;

export interface HoldBackOptions {
  readonly hosts: readonly string[];
  readonly stream: Reporter;
  /** What shows all of it at the end. */
  readonly fold: Reporter;
  /** Milliseconds of a clock that does not go back. */
  readonly now: () => number;
}

/**
 * Holds back what commands print until it is clear whether all of them are quick: then it is folded at the end, else shown as it comes,
 * from the first line on. Either way each line is shown once.
 */
export function createHoldBack({ hosts, stream, fold, now }: HoldBackOptions): Reporter {
  const progress = createProgress(hosts);
  let held: RunEvent[] = [];
  let size = 0;
  let firstOutput = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let isStreaming = false;
  const release = (): void => {
    if (isStreaming) return;
    isStreaming = true;
    clearTimeout(timer);
    for (const event of held) stream.on(event);
    held = [];
  };
  const look = (): void => {
    const due = Math.min((progress.oldest() ?? now()) + QUICK_MS, firstOutput + PATIENCE_MS);
    if (due <= now()) release();
    else timer = setTimeout(look, due - now());
  };
  return {
    on(event) {
      if (isStreaming) return stream.on(event);
      progress.hear(event, now());
      held.push(event);
      if (event.kind === "commandStarted" && timer === undefined) look();
      if (event.kind === "commandOutput") {
        size += event.text.length;
        firstOutput = Math.min(firstOutput, now());
      }
      // Whoever is asked, or wants to stop, is to see what there is.
      if (size > MOST || event.kind === "interrupted" || event.kind === "prompt") release();
    },
    async end() {
      clearTimeout(timer);
      // What is held back goes to one of them, and only there.
      for (const event of held) fold.on(event);
      await (isStreaming ? stream : fold).end();
    },
  };
}
