/**
 * One stream to many hosts: it leaves this machine once, and each host passes it on while it arrives, over SSH connections between hosts
 * (hop-script.ts). A host that cannot be passed on to is left out, and has it with those behind it in a further round.
 */
import { groupBy } from "../../group-by.ts";
import type { Wire } from "./host-run.ts";
import { FROM_HERE, type TransferRoute } from "./outcome.ts";
import { type Parcel, type SendParts, sendParcel } from "./parcel.ts";
import { type Recipient, runRound } from "./round.ts";

/** After so many rounds each host that is left has it from here. */
const ROUNDS = 3;

/** Gathers the hosts of one transfer, and begins when each of them is there, or will not come. */
export class Broadcast {
  readonly #fanOut: number;
  readonly #awaited = new Set<number>();
  readonly #members = new Map<number, Recipient>();
  #isPlanned = false;

  /** @param fanOut to how many others each host passes it on */
  constructor(fanOut: number) {
    this.#fanOut = fanOut;
  }

  /** A host is on its way. Of all of them that is said within one turn of the event loop. */
  expect(at: number): void {
    this.#awaited.add(at);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => this.#begin());
  }

  /** It will not come. */
  leave(at: number): void {
    if (this.#awaited.delete(at)) this.#begin();
  }

  /** It is there. Gives from whom it had everything; throws why it cannot have it. */
  join(at: number, wire: Wire, parcel: Parcel, parts: SendParts): Promise<TransferRoute> {
    return new Promise((settle) => {
      this.#members.set(at, { wire, parcel, parts, settle, reason: undefined });
      this.leave(at);
    });
  }

  #begin(): void {
    if (this.#awaited.size > 0) return;
    const members = [...this.#members].sort(([one], [other]) => one - other).map(([, member]) => member);
    this.#members.clear();
    const groups = groupBy(members, ({ parcel }) => parcel.key);
    for (const group of groups) void distribute(group, this.#fanOut, groups.length > 1 && group.length === 1 ? ALONE : undefined);
  }
}

/** A directory goes under its name, which may differ per host, and with sums by what the host has. */
const ALONE = "no other host takes the same under the same name";

/** Never rejects. @param alone why there is nobody to have it from */
async function distribute(group: readonly Recipient[], fanOut: number, alone: string | undefined): Promise<void> {
  let left = group;
  for (let round = 0; round < ROUNDS && left.length > 1; round++) left = await runRound(left, fanOut);
  for (const { wire, parcel, parts, settle, reason = alone } of left) {
    settle(sendParcel(wire, parcel, parts).then(() => ({ ...FROM_HERE, reason })));
  }
}
