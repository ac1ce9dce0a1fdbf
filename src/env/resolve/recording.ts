import { announce, branchOff, moveCall, steps } from "./memo.ts";
import type { MemoNode, Settled, Slot } from "./state.ts";

/** One look of a callable at something; `token` is there when it has been seen. */
export interface Look {
  readonly step: string;
  token: unknown;
  seen: boolean;
}

/**
 * Lays what one call of a callable looks at, in the order in which it asked, as a way through the memo. A call that does not keep to
 * what an earlier one did at the same place depends on something that is not a setting: it leaves the memo and serves its own host only.
 */
export class Recording {
  readonly #slot: Slot;
  readonly #looks: Look[] = [];
  #at: MemoNode | undefined;
  #head = 0;
  #async = false;
  /** Where it is sure to come, if it keeps to what is known: others wait for it there while it is on its way. */
  #heading: MemoNode | undefined;
  /** Where others know it to be. */
  #posted: MemoNode | undefined;

  constructor(slot: Slot, root: MemoNode | undefined, heading: MemoNode | undefined) {
    this.#slot = slot;
    this.#at = root;
    this.#heading = heading === root ? undefined : heading;
    if (root?.unshared === true) this.leave();
  }

  look(step: string): Look {
    const look: Look = { step, token: undefined, seen: false };
    this.#looks.push(look);
    this.#advance();
    return look;
  }

  saw(look: Look, token: unknown): void {
    look.token = token;
    look.seen = true;
    this.#advance();
  }

  /** The callable returned a promise: others can wait for it where it stands. */
  goAsync(): void {
    this.#async = true;
    this.#post();
  }

  /** What is recorded from here on says nothing about other hosts. */
  leave(): void {
    this.#at = undefined;
    this.#heading = undefined;
    this.#post();
  }

  /** Remembers the result for all hosts that find the same. `lastUnseen`: it is the same whatever the last look would have shown. */
  complete(result: Settled, lastUnseen = false): void {
    const at = this.#at;
    const unseen = this.#looks.length - this.#head;
    // A look that has not been seen has left its mark in `next`.
    const whole = at !== undefined && (lastUnseen ? unseen === 1 : at.next === undefined);
    if (whole && at.result === undefined && !at.unshared) {
      at.result = result;
      announce(at);
    }
    this.leave();
  }

  #advance(): void {
    while (this.#at !== undefined) {
      const look = this.#looks[this.#head];
      if (look === undefined || !this.#expect(this.#at, look) || !look.seen || this.#at.next === undefined) return;
      this.#head += 1;
      this.#at = branchOff(this.#at.next, look.token);
      if (this.#at === this.#heading) this.#heading = undefined;
      this.#post();
      if (this.#at.unshared) this.leave();
    }
  }

  /** True when the memo knows this look at this place, or learns it now. */
  #expect(at: MemoNode, look: Look): boolean {
    if (at.next?.step === look.step) return true;
    if (at.next === undefined && at.result === undefined) {
      if (look.step !== steps.host) {
        at.next = { step: look.step, branches: new Map() };
        announce(at);
        return true;
      }
      at.unshared = true;
    }
    this.leave();
    return false;
  }

  #post(): void {
    if (!this.#async) return;
    const to = this.#heading ?? this.#at;
    moveCall(this.#slot, this.#posted, to);
    this.#posted = to;
  }
}
