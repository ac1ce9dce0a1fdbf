import type { Emit, EventOf, RunEvent, StageOutcome, TaskOutcome } from "../events.ts";
import type { EventError } from "../result.ts";

type OpenEnd = EventOf<"stageStarted"> | EventOf<"taskStarted"> | EventOf<"commandStarted">;

/** What was told to have begun, and not yet to have ended: where the end is not waited for, it is told all the same. */
export function createOpenEnds(emit: Emit, now: () => number) {
  /** By what it is: a task may execute itself. */
  const open = new Map<string, { readonly event: OpenEnd; readonly since: number }[]>();
  /** How tasks of the stage at hand have ended, by task and host. */
  let outcomes = new Map<string, TaskOutcome>();
  const note = (event: RunEvent): void => {
    if (event.kind === "stageStarted") outcomes = new Map();
    if (event.kind === "taskFinished") outcomes.set(`${event.task}\0${event.host}`, event.outcome);
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
      for (const { event, since } of ends) emit(endOf(event, now() - since, error, outcomes));
      return ends.map(({ event }) => event);
    },
  };
}

/** A stage whose last task has ended is done, whatever was to come behind it. */
function outcomeOf({ tasks }: EventOf<"stageStarted">, outcomes: ReadonlyMap<string, TaskOutcome>): StageOutcome {
  const all = [...outcomes.values()];
  if (all.includes("failed")) return "failed";
  const ended = (task: string): number =>
    [...outcomes].filter(([key, how]) => key.startsWith(`${task}\0`) && how !== "stopped").length;
  return tasks.every(({ name, hosts }) => ended(name) >= Math.max(1, hosts)) ? "ok" : "stopped";
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

function endOf(event: OpenEnd, duration: number, error: EventError, outcomes: ReadonlyMap<string, TaskOutcome>): RunEvent {
  switch (event.kind) {
    case "stageStarted": {
      const outcome = outcomeOf(event, outcomes);
      return { kind: "stageFinished", stage: event.stage, ok: outcome === "ok", outcome, duration };
    }
    case "taskStarted":
      return { ...event, kind: "taskFinished", outcome: "stopped", duration, error };
    case "commandStarted":
      return { ...event, kind: "commandFinished", status: "unknown", exitCode: undefined, signal: undefined, duration };
  }
}
