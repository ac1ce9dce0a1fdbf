/**
 * The public test kit: hosts that are only in memory, hosts to name, and a memory for events. No network, no clock, no disk.
 *
 * @example
 * const memory = createMemoryTransport({ "cat REVISION": { stdout: "1a2b3c4\n" } });
 * const connection = await memory.connect(fakeHost("app1"), { signal: new AbortController().signal });
 */
import type { Host, HostInput } from "./hosts/host.ts";
import { parseHost } from "./hosts/parse-host.ts";
import type { Emit, RunEvent, RunEventKind } from "./runner/events.ts";

export type {
  MemoryAnswer,
  MemoryPattern,
  MemoryReply,
  MemoryRequest,
  MemoryRule,
  MemoryScript,
} from "./transport/memory/script.ts";
export { createMemoryTransport, type MemoryRecord, type MemoryTransport } from "./transport/memory/transport.ts";

/**
 * A host as an inventory holds it, written as in a deployfile.
 * @throws ProblemsError when it is not written right.
 */
export function fakeHost(input: HostInput, roles: readonly string[] = []): Host {
  return Object.freeze({ ...parseHost(input), roles: Object.freeze([...roles]) });
}

/** Events of a run, as they came. */
export interface EventRecord {
  /** Give this to whatever emits. */
  readonly emit: Emit;
  readonly events: readonly RunEvent[];
  /** Those of one kind, in order. */
  of<K extends RunEventKind>(kind: K): readonly Extract<RunEvent, { kind: K }>[];
}

/** Remembers what happens, for assertions. */
export function recordEvents(): EventRecord {
  const events: RunEvent[] = [];
  return {
    emit: (event) => void events.push(event),
    events,
    of: <K extends RunEventKind>(kind: K) =>
      events.filter((event): event is Extract<RunEvent, { kind: K }> => event.kind === kind),
  };
}
