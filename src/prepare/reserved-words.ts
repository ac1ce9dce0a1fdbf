/** Words of the command line that no task may be called: each of its verbs, and `help`. */
export const RESERVED_WORDS = Object.freeze([
  "help",
  "init",
  "demo",
  "rehearse",
  "doctor",
  "tasks",
  "plan",
  "graph",
  "env",
  "exec",
  "put",
  "get",
  "sync",
  "forward",
  "completion",
  "__complete",
] as const);

export type ReservedWord = (typeof RESERVED_WORDS)[number];
