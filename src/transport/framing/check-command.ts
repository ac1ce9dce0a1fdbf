import type { Command } from "../../command/command.ts";
import { compose } from "../../command/compose.ts";
import { parseDuration } from "../../command/duration.ts";

/** What a shell is to evaluate. @throws UsageError when its text, its context or its options cannot be written. */
export function checkCommand(command: Command): string {
  if (command.timeout !== undefined) parseDuration(command.timeout);
  return compose(command);
}
