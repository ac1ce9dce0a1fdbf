import type { SettingPending } from "./state.ts";

/**
 * Thrown through a function that reads a setting which is not there yet; the function is called again when it is. What it does when it
 * catches this is thrown away.
 */
export class Suspension extends Error {
  readonly pending: SettingPending;

  constructor(pending: SettingPending) {
    super(`\`${pending.key}\` is being worked out; this function is called again when it is there.`);
    this.name = "Suspension";
    this.pending = pending;
  }
}
