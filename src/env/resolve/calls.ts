import type { Resolver } from "./call.ts";
import { CallRecord, LookNode, type MustCall, type RecordedRead, UNSHARED } from "./call-record.ts";
import type { Outcome, SettingPending, Slot } from "./state.ts";
import { waitsFor } from "./wait-graph.ts";

/** Calls of one callable, in a tree of looks: a host meets only what it would find itself, however many hosts there are. */
export class Calls {
  readonly #start = new LookNode();

  /**
   * Compares what other calls found with what is here: gives a result that serves this host too, something that is not there yet, or a
   * call to make. Looks at nothing but what a call on this host would look at: what comes after the same looks with the same answers.
   */
  find(slot: Slot, resolver: Resolver): Outcome | MustCall {
    slot.reads = [];
    const here: RecordedRead[] = [];
    let place = this.#start;
    const way = [place];
    while (place.end === undefined && place.step !== undefined) {
      const found = look(slot, place.step, resolver);
      if ("kind" in found) return found;
      here.push(found);
      place = place.after(found.token);
      way.push(place);
    }
    if (place.end !== undefined) return place.end;
    // Whoever has come as far as some place on the way may go on as this host does.
    for (const record of way.flatMap(({ calls }) => [...calls])) {
      if (record.caller === undefined || waitsFor(record.caller, slot)) continue;
      slot.waitingFor = record;
      return { kind: "pending", key: slot.key, wake: record.changed, slot, result: undefined };
    }
    return { kind: "call", record: new CallRecord(here, place) };
  }
}

function look(slot: Slot, step: string, resolver: Resolver): RecordedRead | SettingPending | MustCall {
  const { scope } = slot;
  const key = step.slice(1);
  if (scope.find(key)?.fresh === true) return UNSHARED;
  slot.noteRead(key);
  if (step.startsWith("?")) {
    scope.noteDependent(slot.key, key);
    return { step, token: scope.has(key) };
  }
  const outcome = resolver.read(scope, key, slot);
  return outcome.kind === "pending" ? outcome : { step, token: scope.run.tokens.settled(outcome) };
}
