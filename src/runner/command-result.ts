import type { Command } from "../command/command.ts";
import type { CommandResult } from "../transport/transport.ts";

/** Of a command that was not sent. */
export function skipped(command: Command): CommandResult {
  return {
    command,
    status: "skipped",
    exitCode: undefined,
    signal: undefined,
    stdout: "",
    stderr: "",
    truncated: false,
    duration: 0,
  };
}
