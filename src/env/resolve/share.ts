import type { SettingReads } from "./call.ts";
import { CallRecord, type RecordedRead, UNSEEN } from "./call-record.ts";
import type { Outcome, SettingPending, Slot } from "./state.ts";
import { waitsFor } from "./wait-graph.ts";

/** Only a call on this host can tell; `record`: where the call notes what it looks at, unless that says nothing about other hosts. */
export interface MustCall {
  readonly kind: "call";
  readonly record: CallRecord | undefined;
}

/**
 * Compares what earlier calls of a callable found with what is here: gives a result that serves this host too, something that is not
 * there yet, or a call to make. Looks at nothing but what a call on this host would look at: what comes after the same
 * looks with the same answers.
 */
export function findShared(slot: Slot, records: CallRecord[], reads: SettingReads): Outcome | MustCall {
  slot.reads = [];
  const here: RecordedRead[] = [];
  // Where the last one turned out to differ: where most hosts differ, they do so in the same key.
  let suspect = 0;
  let underWay: CallRecord | undefined;
  let over = records.length;
  for (const [place, record] of records.entries()) {
    if (differ(here[suspect], record.reads[suspect])) continue;
    let at = 0;
    let known = record.reads[at];
    for (; known !== undefined; known = record.reads[++at]) {
      if (here[at] === undefined) {
        const found = look(slot, known.step, reads);
        if (found === "fresh") return { kind: "call", record: undefined };
        if ("kind" in found) return found;
        here.push(found);
      }
      if (here[at]?.token !== known.token || here[at]?.step !== known.step) break;
    }
    suspect = at;
    if (known === undefined && record.result !== undefined) return record.result;
    if (known === undefined && record.unshared) return { kind: "call", record: undefined };
    if (known === undefined || known.token === UNSEEN) {
      if (record.caller !== undefined && !waitsFor(record.caller, slot)) underWay ??= record;
      if (record.isOver) over = place;
    }
  }
  if (underWay !== undefined) {
    slot.waitingFor = underWay;
    return { kind: "pending", key: slot.key, wake: underWay.changed, slot, result: undefined };
  }
  const record = new CallRecord(here);
  records[over] = record;
  return { kind: "call", record };
}

function differ(here: RecordedRead | undefined, there: RecordedRead | undefined): boolean {
  return here !== undefined && there !== undefined && here.token !== there.token && there.token !== UNSEEN;
}

function look(slot: Slot, step: string, reads: SettingReads): RecordedRead | SettingPending | "fresh" {
  const key = step.slice(1);
  if (reads.isFresh(slot.scope, key)) return "fresh";
  slot.noteRead(key);
  if (step.startsWith("?")) return { step, token: reads.has(slot.scope, key, slot) };
  const outcome = reads.read(slot.scope, key, slot);
  return outcome.kind === "pending" ? outcome : { step, token: reads.tokens.settled(outcome) };
}
