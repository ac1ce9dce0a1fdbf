import type { SettingResult } from "./failure.ts";
import { type Slot, Wake } from "./state.ts";

/** Stands for what a callable looked at and has not seen yet. */
const UNSEEN = Symbol("unseen");

/** One look of a callable at something. */
export interface RecordedRead {
  /** `=key` for the value of a setting, `?key` for whether it has one. */
  readonly step: string;
  /** What was found: see `Tokens`. */
  token: unknown;
}

/** Only a call on this host can tell; `record`: where the call notes what it looks at, unless that says nothing about other hosts. */
export interface MustCall {
  readonly kind: "call";
  readonly record: CallRecord | undefined;
}

/** What comes of the host itself, or of something else for which no other host's result can stand. */
export const UNSHARED: MustCall = { kind: "call", record: undefined };

/** Where a callable is after some looks with some answers. */
export class LookNode {
  /** What is looked at next. */
  step: string | undefined;
  /** What came of it. */
  end: SettingResult | MustCall | undefined;
  /** Those that have come as far as this, or are sure to. */
  readonly calls = new Set<CallRecord>();
  readonly #next = new Map<unknown, LookNode>();

  after(token: unknown): LookNode {
    const next = this.#next.get(token) ?? new LookNode();
    this.#next.set(token, next);
    return next;
  }
}

/**
 * What one call of a callable looks at and finds, in order: while it is under way it moves through the tree of looks, and what comes of it
 * stands where it ends. A callable depends on nothing else, so the result serves each host that would find the same. A call that strays,
 * and looks at something else than an earlier one after the same looks with the same answers, says nothing about other hosts.
 */
export class CallRecord {
  /** Whose call is under way, where others can wait for it: that a call is async shows when it has returned. */
  caller: Slot | undefined;
  /** Those that the call has not come to yet are what it is sure to look at. */
  readonly #reads: RecordedRead[];
  /** Where it is by the looks before the first unseen one, and how many these are. */
  #place: LookNode;
  #seen: number;
  #asked = 0;
  #open = true;
  #changed: Wake | undefined;

  /** @param reads the way to `place` */
  constructor(reads: RecordedRead[], place: LookNode) {
    this.#reads = reads;
    this.#seen = reads.length;
    this.#place = place;
    place.calls.add(this);
  }

  /** Fires when it tells more than now. */
  get changed(): Wake {
    this.#changed ??= new Wake();
    return this.#changed;
  }

  wakeAll(): void {
    this.#changed?.fire();
    this.#changed = undefined;
  }

  look(step: string): RecordedRead | undefined {
    if (!this.#open) return undefined;
    const look = this.#reads[this.#asked] ?? { step, token: UNSEEN };
    this.#reads[this.#asked] = look;
    this.#asked += 1;
    if (look.step !== step) this.leave();
    this.#move();
    return look;
  }

  saw(look: RecordedRead, token: unknown): void {
    if (look.token === token) return;
    // A fact was stated since.
    if (look.token !== UNSEEN) this.leave();
    look.token = token;
    this.#move();
  }

  /** As far as all that it looked at is seen. */
  #move(): void {
    for (let next = this.#reads[this.#seen]; this.#open && next !== undefined; next = this.#reads[this.#seen]) {
      if (this.#place.step === undefined) this.wakeAll();
      this.#place.step ??= next.step;
      if (this.#place.step !== next.step) this.leave();
      else if (next.token === UNSEEN) return;
      else this.#enter(this.#place.after(next.token));
    }
  }

  #enter(place: LookNode): void {
    this.#place.calls.delete(this);
    this.#place = place;
    place.calls.add(this);
    this.#seen += 1;
    this.wakeAll();
  }

  /** The callable returned a promise: others can wait for it. */
  goAsync(caller: Slot): void {
    if (this.#open) this.caller = caller;
  }

  /** What else the call does says nothing about other hosts. */
  leave(): void {
    this.#open = false;
    this.caller = undefined;
    this.#place.calls.delete(this);
    this.wakeAll();
  }

  /** Remembers the result. `lastUnseen`: it is the same whatever the last look would have shown. */
  complete(result: SettingResult | MustCall, lastUnseen = false): void {
    if (this.#open && this.#seen === this.#asked - (lastUnseen ? 1 : 0)) this.#place.end ??= result;
    this.leave();
  }
}
