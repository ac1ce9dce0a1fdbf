import type { Emit, EventOf, RunEvent } from "../events.ts";
import type { EventError } from "../result.ts";

type OpenEnd = EventOf<"stageStarted"> | EventOf<"taskStarted"> | EventOf<"commandStarted">;

/** What was told to have begun, and not yet to have ended: where the end is not waited for, it is told all the same. */
export function createOpenEnds(emit: Emit, now: () => number) {
  /** By what it is: a task may execute itself. */
  const open = new Map<string, { readonly event: OpenEnd; readonly since: number }[]>();
  /** A task of the stage at hand did. */
  let hasFailed = false;
  const note = (event: RunEvent): void => {
    if (event.kind === "stageStarted") hasFailed = false;
    if (event.kind === "taskFinished" && event.outcome === "failed") hasFailed = true;
    const key = keyOf(event);
    if (key === undefined) return;
    const same = open.get(key) ?? [];
    if (isStart(event)) open.set(key, [...same, { event, since: now() }]);
    else if (same.length > 1) open.set(key, same.slice(0, -1));
    else open.delete(key);
  };
  return {
    emit(event: RunEvent): void {
      note(event);
      emit(event);
    },
    /** Ends it, the last first. @returns what was open */
    end(error: EventError): readonly OpenEnd[] {
      const ends = [...open.values()].flat().reverse();
      open.clear();
      for (const { event, since } of ends) emit(endOf(event, now() - since, error, hasFailed));
      return ends.map(({ event }) => event);
    },
  };
}

function isStart(event: RunEvent): event is OpenEnd {
  return event.kind === "stageStarted" || event.kind === "taskStarted" || event.kind === "commandStarted";
}

function keyOf(event: RunEvent): string | undefined {
  switch (event.kind) {
    case "stageStarted":
    case "stageFinished":
      return `stage ${event.stage}`;
    case "taskStarted":
    case "taskFinished":
      return `task ${event.host}\0${event.task}\0${event.stage}`;
    case "commandStarted":
    case "commandFinished":
      return `command ${event.id}`;
    default:
      return undefined;
  }
}

function endOf(event: OpenEnd, duration: number, error: EventError, hasFailed: boolean): RunEvent {
  switch (event.kind) {
    case "stageStarted":
      return { kind: "stageFinished", stage: event.stage, ok: false, outcome: hasFailed ? "failed" : "stopped", duration };
    case "taskStarted":
      return { ...event, kind: "taskFinished", outcome: "stopped", duration, error };
    case "commandStarted":
      return { ...event, kind: "commandFinished", status: "unknown", exitCode: undefined, signal: undefined, duration };
  }
}
