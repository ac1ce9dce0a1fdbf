import type { EventOf } from "../runner/events.ts";

/** Where what a reporter leaves out can be found. */
export interface Elsewhere {
  /** The option that shows it. */
  readonly option?: string | undefined;
  readonly logFile?: string | undefined;
}

/** Counts what a reporter leaves out, and says it with where to find it. */
export function createNotShown({ option, logFile }: Elsewhere) {
  const open = new Set<number>();
  let commands = 0;
  let messages = 0;
  return {
    /** Output of a command that is not shown; those that print nothing have nothing to miss. */
    hear({ id }: EventOf<"commandOutput">): void {
      if (!open.has(id)) commands++;
      open.add(id);
    },
    finish: ({ id }: EventOf<"commandFinished">) => void open.delete(id),
    addMessage: () => void messages++,
    /** `the output of 3 commands and 1 debug message (...)`; undefined when nothing is missing. */
    describe(): string | undefined {
      const parts = [
        ...(commands === 0 ? [] : [`the output of ${commands} ${commands === 1 ? "command" : "commands"}`]),
        ...(messages === 0 ? [] : [`${messages} debug ${messages === 1 ? "message" : "messages"}`]),
      ];
      if (parts.length === 0) return undefined;
      const kept = option === undefined ? "kept with --log-file FILE" : `shown with ${option}, kept with --log-file FILE`;
      return `${parts.join(" and ")} (${logFile === undefined ? kept : `see ${logFile}`})`;
    },
  };
}
