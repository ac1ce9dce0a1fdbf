import type { Command } from "../../../src/command/command.ts";
import type { CommandResult } from "../../../src/transport/transport.ts";

/** What a transport says of a command that succeeded. */
export function okResult(command: Command): CommandResult {
  return { command, status: "ok", exitCode: 0, signal: undefined, stdout: "", stderr: "", truncated: false, duration: 0 };
}
