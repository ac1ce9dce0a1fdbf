import type { VerbOutcome } from "../dsl/verb.ts";
import type { RunTarget } from "../prepare/target.ts";
import type { Screen } from "../report/reporter.ts";
import type { Emit } from "../runner/events.ts";
import type { RunResult } from "../runner/result.ts";
import { printWarnings } from "./print-problems.ts";

/** Characters kept of each stream of each host, at most and at least: the end is what counts. */
const MOST_KEPT = 4_194_304;
const LEAST_KEPT = 65_536;
/** Characters kept of each stream of all hosts, where that is no less than the least. */
const KEPT_IN_ALL = 67_108_864;

/** Characters kept of each stream of each of so many hosts. */
export function keptOf(hosts: number): number {
  return Math.max(LEAST_KEPT, Math.min(MOST_KEPT, Math.floor(KEPT_IN_ALL / hosts)));
}

/** What comes of a command on each host, in their order; `hear` listens to the execution that runs it. @param screen for warnings */
export function createOutcomes({ hosts }: Pick<RunTarget, "hosts">, screen: Screen) {
  const kept = keptOf(hosts.length);
  const outcomes = new Map<string, Growing>();
  for (const { host } of hosts) {
    const [stdout, stderr] = [createTail(kept), createTail(kept)];
    outcomes.set(host.id, { stdout, stderr, status: "skipped", exitCode: undefined, error: undefined });
  }
  const keepFailures = ({ failures }: RunResult): void => {
    for (const { host, error } of failures) {
      const outcome = outcomes.get(host);
      if (outcome === undefined || error.command !== undefined) continue;
      if (outcome.status === "skipped") outcome.status = "unreachable";
      const what = error.where === undefined ? error.message : `${error.message} (${error.where})`;
      outcome.error = error.hint === undefined ? what : `${what}\n${error.hint}`;
    }
  };
  const hear: Emit = (event) => {
    if (event.kind === "commandOutput") outcomes.get(event.host)?.[event.stream].push(event.text);
    else if (event.kind === "commandFinished") {
      const { status, exitCode } = event;
      Object.assign(outcomes.get(event.host) ?? {}, { status, exitCode });
    } else if (event.kind === "runFinished") keepFailures(event.result);
    else if (event.kind === "message" && event.level === "warn") printWarnings([{ message: event.text }], screen);
  };
  const all = (): readonly VerbOutcome[] =>
    [...outcomes].map(([host, { stdout, stderr, ...rest }]) => {
      const truncated = stdout.isTruncated() || stderr.isTruncated();
      return { host, ...rest, stdout: stdout.text(), stderr: stderr.text(), truncated };
    });
  return { hear, all };
}

type Tail = ReturnType<typeof createTail>;

/** An outcome that is not yet complete. */
type Growing = { -readonly [K in "status" | "exitCode" | "error"]: VerbOutcome[K] } & {
  readonly stdout: Tail;
  readonly stderr: Tail;
};

/** The end of what is pushed: this many characters, held with a quarter more at most, so that what comes in small is not cut each time. */
export function createTail(length: number) {
  let kept = "";
  let truncated = false;
  const cut = (): string => {
    truncated ||= kept.length > length;
    kept = kept.slice(-length);
    return kept;
  };
  return {
    push(text: string): void {
      kept += text;
      if (kept.length > length * 1.25) cut();
    },
    text: cut,
    isTruncated: (): boolean => truncated || kept.length > length,
  };
}
