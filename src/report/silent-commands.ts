import type { EventOf } from "../runner/events.ts";

/** Counts commands whose output is not shown; those that print nothing have nothing to miss. */
export interface SilentCommands {
  hear(event: EventOf<"commandOutput">): void;
  finish(command: { readonly id: number }): void;
  readonly count: number;
}

export function createSilentCommands(): SilentCommands {
  const open = new Set<number>();
  let count = 0;
  return {
    hear({ id }) {
      if (open.has(id)) return;
      open.add(id);
      count++;
    },
    finish: ({ id }) => void open.delete(id),
    get count() {
      return count;
    },
  };
}
