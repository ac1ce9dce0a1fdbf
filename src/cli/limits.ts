/** Time limits of the command line, in milliseconds. */

/** Of each thing that completion looks up: a person waits with a finger on the key. */
export const COMPLETION_MS = 1500;
/** That a deployfile may take before help goes without it. */
export const HELP_MS = 2000;
/** That what a deployfile left running may keep the process. */
export const FORGOTTEN_MS = 500;
