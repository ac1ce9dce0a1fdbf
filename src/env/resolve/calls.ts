import type { Resolver } from "./call.ts";
import { CallRecord, type RecordedRead, UNSEEN } from "./call-record.ts";
import type { SettingResult } from "./failure.ts";
import type { Outcome, SettingPending, Slot } from "./state.ts";
import { waitsFor } from "./wait-graph.ts";

/** Only a call on this host can tell; `record`: where the call notes what it looks at, unless that says nothing about other hosts. */
export interface MustCall {
  readonly kind: "call";
  readonly record: CallRecord | undefined;
}

const UNSHARED: MustCall = { kind: "call", record: undefined };

/** After some looks with some answers: what was looked at next, or what came of it. */
interface LookNode {
  step?: string;
  end?: SettingResult | MustCall;
  readonly next: Map<unknown, LookNode>;
}

/**
 * Calls of one callable. Finished ones stand in a tree of looks, so that a host meets only what it would find itself, however many
 * hosts there are. The tree knows one next look at each place: calls that are under way, and those of a callable that does not look at
 * the same again, are compared one by one.
 */
export class Calls {
  readonly #finished: LookNode = { next: new Map() };
  #others: CallRecord[] = [];

  /**
   * Compares what earlier calls found with what is here: gives a result that serves this host too, something that is not there yet, or
   * a call to make. Looks at nothing but what a call on this host would look at: what comes after the same looks with the same answers.
   */
  find(slot: Slot, resolver: Resolver): Outcome | MustCall {
    slot.reads = [];
    this.#others = this.#others.filter((record) => !this.#finish(record));
    const here: RecordedRead[] = [];
    let place: LookNode | undefined = this.#finished;
    while (place?.step !== undefined) {
      const found = look(slot, place.step, resolver);
      if ("kind" in found) return found;
      here.push(found);
      place = place.next.get(found.token);
    }
    return place?.end ?? this.#compare(slot, here, resolver);
  }

  /** Puts a finished call into the tree; false where another one is in its way, or it is not finished. */
  #finish({ reads, result, unshared }: CallRecord): boolean {
    if ((result === undefined && !unshared) || reads.some(({ token }) => token === UNSEEN)) return false;
    let place = this.#finished;
    for (const { step, token } of reads) {
      if (place.end !== undefined || (place.step ?? step) !== step) return false;
      place.step = step;
      const next: LookNode = place.next.get(token) ?? { next: new Map() };
      place.next.set(token, next);
      place = next;
    }
    if (place.step !== undefined) return false;
    place.end ??= result ?? UNSHARED;
    return true;
  }

  #compare(slot: Slot, here: RecordedRead[], resolver: Resolver): Outcome | MustCall {
    // Where the last one turned out to differ: where most hosts differ, they do so in the same key.
    let suspect = 0;
    let underWay: CallRecord | undefined;
    let over = this.#others.length;
    for (const [place, record] of this.#others.entries()) {
      if (differ(here[suspect], record.reads[suspect])) continue;
      let at = 0;
      let known = record.reads[at];
      for (; known !== undefined; known = record.reads[++at]) {
        if (here[at] === undefined) {
          const found = look(slot, known.step, resolver);
          if ("kind" in found) return found;
          here.push(found);
        }
        if (here[at]?.token !== known.token || here[at]?.step !== known.step) break;
      }
      suspect = at;
      if (known === undefined && record.result !== undefined) return record.result;
      if (known === undefined && record.unshared) return UNSHARED;
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
    this.#others[over] = record;
    return { kind: "call", record };
  }
}

function differ(here: RecordedRead | undefined, there: RecordedRead | undefined): boolean {
  return here !== undefined && there !== undefined && here.token !== there.token && there.token !== UNSEEN;
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
