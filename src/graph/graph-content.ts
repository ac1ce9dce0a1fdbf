import type { Hook, Task } from "./task.ts";

/** What was registered, as it came. */
export interface GraphContent<Body = unknown> {
  readonly tasks: ReadonlyMap<string, Task<Body>>;
  /** Tasks whose name was taken. */
  readonly duplicates: readonly Task<Body>[];
  /** Replacements of tasks that did not exist. */
  readonly lost: readonly Task<Body>[];
  readonly hooks: readonly Hook[];
}
