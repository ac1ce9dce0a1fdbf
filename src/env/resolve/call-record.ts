import type { SettingResult } from "./failure.ts";
import { type Slot, Wake } from "./state.ts";

/** Stands for what a callable looked at and has not seen yet. */
export const UNSEEN = Symbol("unseen");

/** One look of a callable at something. */
export interface RecordedRead {
  /** `=key` for the value of a setting, `?key` for whether it has one. */
  readonly step: string;
  /** What was found: see `Tokens`. */
  token: unknown;
}

/**
 * What one call of a callable looked at and found, in order, and what came of it. A callable depends on nothing else, so the result
 * serves each host that would find the same; before it is there, the record tells what a call on another host is going to look at.
 */
export class CallRecord {
  /** Those that the call has not come to yet are what it is sure to look at. */
  readonly reads: RecordedRead[];
  result: SettingResult | undefined;
  /** What comes after these looks depends on the host itself. */
  unshared = false;
  /** Whose call is under way, where others can wait for it: that a call is async shows when it has returned. */
  caller: Slot | undefined;
  #asked = 0;
  #unseen = 0;
  #open = true;
  #changed: Wake | undefined;

  constructor(reads: RecordedRead[]) {
    this.reads = reads;
  }

  /** True when nothing came of the call for others: it only tells what another call is going to look at. */
  get isOver(): boolean {
    return !this.#open && this.result === undefined && !this.unshared;
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
    let look = this.reads[this.#asked];
    if (look?.step !== step) {
      look = { step, token: UNSEEN };
      this.reads.splice(this.#asked, this.reads.length, look);
      this.wakeAll();
    }
    this.#asked += 1;
    this.#unseen += 1;
    return look;
  }

  saw(look: RecordedRead, token: unknown): void {
    this.#unseen -= 1;
    if (look.token === token) return;
    look.token = token;
    this.wakeAll();
  }

  /** It looked at the host itself, or at something else for which no other host's result can stand. */
  lookAtHost(): void {
    if (!this.#open) return;
    this.unshared = true;
    this.leave();
  }

  /** The callable returned a promise: others can wait for it. */
  goAsync(caller: Slot): void {
    if (this.#open) this.caller = caller;
  }

  /** What else the call does says nothing about other hosts. */
  leave(): void {
    this.reads.length = this.#asked;
    this.caller = undefined;
    this.#open = false;
    this.wakeAll();
  }

  /** Remembers the result. `lastUnseen`: it is the same whatever the last look would have shown. */
  complete(result: SettingResult, lastUnseen = false): void {
    if (!this.#open) return;
    const dropped = lastUnseen ? 1 : 0;
    this.#asked -= dropped;
    if (this.#unseen === dropped) this.result = result;
    this.leave();
  }
}
