import type { Emit, EventOf, RunEvent, RunEventKind } from "../runner/events.ts";

/** Events of a run, as they came. */
export interface EventRecord {
  /** Give this to whatever emits. */
  readonly emit: Emit;
  readonly events: readonly RunEvent[];
  /** Those of one kind, in order. */
  of<K extends RunEventKind>(kind: K): readonly EventOf<K>[];
}

/**
 * Remembers what happens, for assertions. Events are plain data, described in `docs/json-events.md`.
 * @example
 * const record = recordEvents();
 * record.emit({ kind: "changed", host: "app1", text: "made a release" });
 * record.of("changed").map(({ text }) => text); // ["made a release"]
 */
export function recordEvents(): EventRecord {
  const events: RunEvent[] = [];
  return {
    emit: (event) => void events.push(event),
    events,
    of: <K extends RunEventKind>(kind: K) => events.filter((event): event is EventOf<K> => event.kind === kind),
  };
}
