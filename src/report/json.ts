import type { RunEvent } from "../runner/events.ts";
import { createHandledReporter } from "./handle.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";

/** Characters that JSON leaves as they are and a terminal may act upon. */
const UNSAFE = /[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** One event per line, for programs: `docs/json-events.md` has every field. */
export function createJsonReporter({ stdout, now }: Pick<ReporterOptions, "stdout" | "now">): Reporter {
  const since = now();
  const write = (event: RunEvent): void => {
    const line = JSON.stringify({ ...event, at: Math.round(now() - since) });
    stdout.write(`${line.replace(UNSAFE, escaped)}\n`);
  };
  return createHandledReporter({ handlers: write });
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
