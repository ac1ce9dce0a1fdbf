import { formatTime } from "../amounts.ts";
import { padColumns, textWidth } from "../columns.ts";
import { neutralise } from "../command/neutralise.ts";
import type { EventOf } from "../runner/events.ts";
import { createHandledReporter } from "./handle.ts";
import { countHosts } from "./host-list.ts";
import type { EventHandlers } from "./reporter.ts";

export interface TimingsOptions {
  /** Milliseconds of a clock that does not go back. */
  readonly now: () => number;
  /** Milliseconds that went by before the first event, in order. */
  readonly before: readonly TimingRow[];
}

/** What a part of the time went into. */
export interface TimingRow {
  readonly what: string;
  /** Milliseconds. */
  readonly time: number;
  readonly note: string;
}

/** Most commands in the table: the slowest. */
const MOST_COMMANDS = 15;

/** Finds out what the time of a run goes into. */
export function createTimings({ now, before }: TimingsOptions) {
  const stages: TimingRow[] = [];
  const commands = new Map<string, CommandTime>();
  const connects = createTrack();
  const flights = createTrack();
  let sent = 0;
  /** Either of them. */
  const busy = createSpans();
  let since = 0;
  let total: number | undefined;
  let resolved: TimingRow | undefined;
  const handlers: Partial<EventHandlers> = {
    runStarted() {
      since = now();
    },
    hostConnected: (event) => keep(connects, event),
    settingsResolved({ keys, duration }) {
      resolved = { what: "resolve", time: duration, note: `${keys.join(", ")}, meanwhile` };
    },
    stageFinished: ({ stage, duration }) => void stages.push({ what: stage, time: duration, note: "" }),
    commandFinished: (event) => keepSlowest(commands, event),
    flightFinished(event) {
      keep(flights, event);
      sent += event.commands;
    },
    runFinished() {
      total = now() - since;
    },
  };
  /** A table; undefined when the run has not come to its end. */
  const text = (): string | undefined => {
    if (total === undefined) return undefined;
    const idle = {
      what: "idle",
      time: total - busy.length,
      note: "nothing was asked of a host: functions, questions, fake itself",
    };
    const count = flights.all.length;
    const rows = [
      ...before,
      ...rowsOf("connect", connects, countHosts(connects.all.length)),
      ...(resolved === undefined ? [] : [resolved]),
      ...stages,
      ...rowsOf("flights", flights, `${count} ${count === 1 ? "flight" : "flights"}, ${sent} commands`),
      idle,
    ];
    const whole = total + before.reduce((sum, row) => sum + row.time, 0);
    return drawTimings(whole, rows, [...commands.values()]);
  };
  return { reporter: createHandledReporter({ handlers }), text };

  function keep({ spans, all }: Track, { host, duration }: { readonly host: string; readonly duration: number }): void {
    const end = now();
    for (const each of [spans, busy]) each.add(end - duration, end);
    all.push({ host, time: duration });
  }
}

interface HostTime {
  readonly host: string;
  readonly time: number;
}

interface CommandTime extends HostTime {
  readonly task: string;
  readonly command: string;
  readonly hosts: number;
}

/** The same command of a task on many hosts is one row: the slowest of them. */
function keepSlowest(commands: Map<string, CommandTime>, event: EventOf<"commandFinished">): void {
  const { host, task, command, duration } = event;
  const key = JSON.stringify([task, command]);
  const known = commands.get(key);
  const slowest =
    known === undefined || duration > known.time ? { host, time: duration } : { host: known.host, time: known.time };
  commands.set(key, { task, command, hosts: (known?.hosts ?? 0) + 1, ...slowest });
}

/** What took hosts some time, of which it is asked how long any of them was at it. */
type Track = ReturnType<typeof createTrack>;

function createTrack() {
  return { spans: createSpans(), all: [] as HostTime[] };
}

function rowsOf(what: string, { spans, all }: Track, note: string): readonly TimingRow[] {
  const [slowest] = all.toSorted((left, right) => right.time - left.time);
  if (slowest === undefined) return [];
  const which = all.length === 1 ? "" : `; slowest ${formatTime(slowest.time)} ${slowest.host}`;
  return [{ what, time: spans.length, note: `${note}${which}` }];
}

function drawTimings(total: number, rows: readonly TimingRow[], commands: readonly CommandTime[]): string {
  const wide = Math.max(...rows.map(({ what }) => textWidth(what)));
  const slow = commands.toSorted((left, right) => right.time - left.time).slice(0, MOST_COMMANDS);
  const lines = [
    `timings: ${formatTime(total)} in all`,
    ...rows.map(({ what, time, note }) => `  ${padColumns(what, wide)}  ${formatTime(time).padStart(8)}  ${note}`),
    ...(slow.length === 0 ? [] : ["  slowest commands:"]),
    ...slow.map(({ task, command, host, hosts, time }) => {
      const where = hosts === 1 ? host : `${host}, the slowest of ${hosts}`;
      return `  ${formatTime(time).padStart(8)}  ${task}: ${command} (${where})`;
    }),
  ];
  return `${lines.map((line) => neutralise(line).trimEnd()).join("\n")}\n`;
}

/** Stretches of time that may overlap: how long was any of them? */
export function createSpans() {
  // Apart from each other, in order.
  let spans: { from: number; to: number }[] = [];
  return {
    /** Must be added in the order of their ends. */
    add(from: number, to: number): void {
      const apart = spans.findLastIndex((span) => span.to < from) + 1;
      const first = spans[apart];
      spans = spans.slice(0, apart);
      spans.push({ from: Math.min(from, first?.from ?? from), to });
    },
    /** Of all of them together; what overlaps counts once. */
    get length(): number {
      return spans.reduce((sum, { from, to }) => sum + to - from, 0);
    },
  };
}
