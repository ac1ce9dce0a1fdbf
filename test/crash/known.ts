import type { InvariantName } from "../support/invariants.ts";
import type { Case } from "./play.ts";

/** A violation that is known, and whose cause is being worked on. The list is to be empty. */
export interface Known {
  readonly invariant: InvariantName;
  /** True for the cases that it shows in. */
  fits(one: Case): boolean;
  readonly reason: string;
}

export const KNOWN: readonly Known[] = [
  {
    invariant: "I5",
    fits: ({ fault }) => fault.name === "permission denied",
    reason: "A lock that its run had no right to remove is not broken by the next run.",
  },
];

export function isKnown(one: Case, invariant: InvariantName): boolean {
  return KNOWN.some((known) => known.invariant === invariant && known.fits(one));
}
