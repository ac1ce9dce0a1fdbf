import type { Reporter } from "../report/reporter.ts";
import type { RunEvent } from "../runner/events.ts";
import type { RunResult } from "../runner/result.ts";
import type { CommandStatus } from "../transport/transport.ts";

/** What came of a command on one host. */
export interface HostOutcome {
  readonly host: string;
  /** `unreachable`: it was never sent. */
  readonly status: CommandStatus | "unreachable";
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it was not sent. */
  readonly error: string | undefined;
}

export interface Outcomes {
  /** Listens to the run. */
  readonly reporter: Reporter;
  /** In the order of the hosts. */
  all(): readonly HostOutcome[];
}

/** Most characters kept of each stream of each host; the end is what counts. */
const KEPT = 4_194_304;

export function createOutcomes(hosts: readonly string[], onWarning: (text: string) => void): Outcomes {
  const outcomes = new Map<string, HostOutcome>();
  for (const host of hosts) {
    outcomes.set(host, { host, status: "skipped", exitCode: undefined, stdout: "", stderr: "", error: undefined });
  }
  const change = (host: string, made: (before: HostOutcome) => Partial<HostOutcome>): void => {
    const before = outcomes.get(host);
    if (before !== undefined) outcomes.set(host, { ...before, ...made(before) });
  };
  const keepFailures = ({ failures }: RunResult): void => {
    for (const { host, error } of failures) {
      if (error.command !== undefined) continue;
      const reason = [error.message, ...(error.hint === undefined ? [] : [error.hint])].join("\n");
      change(host, ({ status }) => ({ status: status === "skipped" ? "unreachable" : status, error: reason }));
    }
  };
  const on = (event: RunEvent): void => {
    if (event.kind === "commandOutput") {
      change(event.host, (before) => ({ [event.stream]: (before[event.stream] + event.text).slice(-KEPT) }));
    } else if (event.kind === "commandFinished") {
      change(event.host, () => ({ status: event.status, exitCode: event.exitCode }));
    } else if (event.kind === "runFinished") keepFailures(event.result);
    else if (event.kind === "message" && event.level === "warn") onWarning(event.text);
  };
  return { reporter: { on, end: async () => {} }, all: () => [...outcomes.values()] };
}
