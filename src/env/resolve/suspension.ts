import type { Pending } from "./state.ts";

/**
 * Thrown through a function that reads a setting which is not there yet; the function is called again when it is. What it does when it
 * catches this is thrown away.
 */
export class Suspension extends Error {
  readonly pending: Pending;

  constructor(pending: Pending) {
    super(`\`${pending.key}\` is being worked out; this function is called again when it is there.`);
    this.name = "Suspension";
    this.pending = pending;
  }
}
