import { groupBy } from "../../group-by.ts";
import { formatElapsed } from "../../report/elapsed.ts";
import { createHandledReporter, dispatch } from "../../report/handle.ts";
import { countHosts } from "../../report/host-list.ts";
import { linesOf } from "../../report/lines.ts";
import { createPaint } from "../../report/paint.ts";
import type { EventHandlers, Reporter, Screen } from "../../report/reporter.ts";
import { keptOf } from "../exec-outcomes.ts";
import { describeEnd } from "../tables/exec-table.ts";
import { nameRanges } from "./name-hosts.ts";
import { createOutput } from "./output.ts";
import { createProgress } from "./progress.ts";

export interface StreamReporterOptions {
  /** For what commands print there. */
  readonly stdout: Screen;
  /** For what they print there, and all that is told about them. */
  readonly stderr: Screen;
  /** Ids. */
  readonly hosts: readonly string[];
  /** Tells of connections and of what went well too. */
  readonly verbose: boolean;
  /** True for the code of an error that only means that a host is left out. */
  readonly isLeftOut: (code: string | undefined) => boolean;
}

/** What commands print, line by line as it comes, each with its host in front. */
export function createStreamReporter({ stdout, stderr, hosts, verbose, isLeftOut }: StreamReporterOptions): Reporter {
  const paint = createPaint(stderr.color);
  const progress = createProgress(hosts);
  const kept = keptOf(hosts.length);
  const screens = { stdout: createOutput(stdout, "cyan", kept), stderr: createOutput(stderr, "yellow", kept) };
  const well = new Set<string>();
  /** How it ended where it did not end well. */
  const ends = new Map<string, string>();
  let interrupted = false;
  const tell = (host: string | undefined, text: string, color: "dim" | "red" | "yellow"): void =>
    screens.stderr.print(host, linesOf(text).map(paint[color]));
  const note = (host: string | undefined, text: string): void => {
    if (verbose) tell(host, text, "dim");
  };
  const endBadly = (host: string, end: string, text: string): void => {
    // Who ended it knows.
    if (interrupted) return;
    ends.set(host, end);
    tell(host, text, end === LEFT_OUT ? "yellow" : "red");
  };

  const handlers: Partial<EventHandlers> = {
    hostConnected: ({ host, duration }) => note(host, `connected (${formatElapsed(duration)})`),
    commandStarted: ({ host, command }) => note(host, `$ ${command}`),
    commandOutput: ({ host, stream, text }) => screens[stream].push(host, text),
    commandFinished(event) {
      const { host, status, duration } = event;
      screens.stdout.flush(host);
      screens.stderr.flush(host);
      const time = formatElapsed(duration);
      if (status === "ok") well.add(host);
      if (status === "ok") note(host, `exit code 0 (${time})`);
      else endBadly(host, describeEnd(event), `${describeEnd(event)} (${time})`);
    },
    taskFinished({ host, error }) {
      if (error === undefined || interrupted) return;
      if (error.command !== undefined) return tell(host, error.hint ?? "", "yellow");
      const end = isLeftOut(error.code) ? LEFT_OUT : error.name === "ConnectError" ? "unreachable" : "not begun";
      endBadly(host, end, [`${end}: ${error.message}`, error.hint].filter((part) => part !== undefined).join("\n"));
    },
    message({ level, host, text }) {
      if (level === "warn") tell(host, `warning: ${text}`, "yellow");
      else if (level === "error") tell(host, `error: ${text}`, "red");
      else if (level === "info" || verbose) tell(host, text, "dim");
    },
    prompt(event) {
      screens.stdout.prompt(event);
      screens.stderr.prompt(event);
    },
    interrupted(event) {
      interrupted = true;
      tell(undefined, progress.describe(event), "yellow");
    },
    runFinished({ result }) {
      const time = formatElapsed(result.duration);
      if (interrupted) tell(undefined, `■ Interrupted after ${time}: ${describeUnfinished(hosts, well, ends)}`, "yellow");
      else if (ends.size > 0)
        tell(undefined, hosts.length > 1 ? describeEnds(hosts, ends) : "", hasFailed(ends) ? "red" : "yellow");
      else note(undefined, `✔ ${countHosts(hosts.length)} ok (${time})`);
    },
  };
  return createHandledReporter({
    handlers(event) {
      progress.hear(event);
      dispatch(handlers, event);
    },
    end() {
      screens.stdout.close();
      screens.stderr.close();
    },
  });
}

const LEFT_OUT = "left out";

/** How it ended on hosts where it did not end well. */
type Ends = ReadonlyMap<string, string>;

function hasFailed(ends: Ends): boolean {
  return [...ends.values()].some((end) => end !== LEFT_OUT);
}

/** `✖ 3 of 5 hosts failed: exit code 4 (app2, app5), unreachable (app3)`. */
function describeEnds(hosts: readonly string[], ends: Ends): string {
  const [failed, left] = [
    hosts.filter((host) => ends.has(host) && ends.get(host) !== LEFT_OUT),
    hosts.filter((host) => ends.get(host) === LEFT_OUT),
  ];
  const groups = groupBy(failed, (host) => ends.get(host)).map((group) => `${ends.get(group[0])} (${nameRanges(group)})`);
  const count =
    failed.length === hosts.length ? `all ${countHosts(hosts.length)}` : `${failed.length} of ${countHosts(hosts.length)}`;
  const parts = [
    ...(failed.length === 0 ? [] : [`✖ ${count} failed: ${groups.join(", ")}`]),
    ...(left.length === 0 ? [] : [`■ left out: ${nameRanges(left)}`]),
  ];
  return parts.join("\n");
}

function describeUnfinished(hosts: readonly string[], well: ReadonlySet<string>, ends: Ends): string {
  const unfinished = hosts.filter((host) => !well.has(host) && !ends.has(host));
  if (unfinished.length === 0) return "it had finished everywhere.";
  if (unfinished.length === hosts.length)
    return `not finished on ${hosts.length === 1 ? hosts[0] : `any of ${countHosts(hosts.length)}`}.`;
  return `not finished on ${unfinished.length} of ${countHosts(hosts.length)}: ${nameRanges(unfinished)}.`;
}
