/** Time limits of a run, in milliseconds, and how often a run tries again what the user did not ask to repeat. */

/** Each `always` hook still gets this long after the second interrupt, to free what is held. */
export const LAST_HOOKS_MS = 10_000;
/** That what was told to stop may take before it is left alone. */
export const GRACE_MS = 5000;
/** Without a sign of life, after which hosts end what was started on them (transport/host-side/guard.ts). */
export const SILENCE_MS = 45_000;
/** How often a run makes a lost connection again: a link that breaks twice in a run is no link to publish over. */
export const REPAIRS = 1;
/** That a dry run waits for a function which does nothing that can be shown. */
export const RECORDING_MS = 2000;
