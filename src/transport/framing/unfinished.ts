/** What becomes of the commands of a flight that were not run. */
import type { Command } from "../../command/command.ts";
import { FakeError } from "../../errors.ts";
import { isAccepted, NOTHING, type StopReason, skippedResult, toResult, unknownResult } from "../command-result.ts";
import type { CommandResult } from "../transport.ts";

/**
 * How a flight was over. `last`: the shell said so. `ended`: all that the shell printed was received, the last frame was
 * not in it. `lost`: the link went away, and what the shell may have printed with it.
 */
export type FlightEnd = { readonly kind: "last" } | { readonly kind: "ended" | "lost"; readonly cause: Error };

/** One result for each command: those that are there, and the rest by how the flight was over. */
export function fillResults(
  commands: readonly Command[],
  finished: readonly CommandResult[],
  end: FlightEnd,
  stopped: StopReason | undefined,
): readonly CommandResult[] {
  const rest = commands.slice(finished.length);
  const last = finished.at(-1);
  const open = last === undefined || isAccepted(last) || (end.kind === "lost" && last.status === "unknown");
  const fill = (make: (command: Command, index: number) => CommandResult): readonly CommandResult[] =>
    Object.freeze([...finished, ...rest.map(make)]);
  if (!open) return fill(skippedResult);
  // The shell reads on without the link: what it was sent may run.
  if (end.kind === "lost") return fill((command) => unknownResult(command, end.cause));
  if (stopped?.status === "killed") return fill(skippedResult);
  return fill((command, index) => (index === 0 ? firstResult(command, end, stopped) : skippedResult(command)));
}

/** The command that would have been next, though nothing before it failed. */
function firstResult(command: Command, end: FlightEnd, stopped: StopReason | undefined): CommandResult {
  // What the command was to read could not be read, before it had begun.
  if (stopped !== undefined) return notStartedResult(command, stopped);
  if (end.kind === "ended") return unknownResult(command, end.cause);
  // Someone on the host sent the shell SIGTERM between two commands.
  const cause = new FakeError("SHELL_TERMINATED", "The shell received SIGTERM on the host before it started the command.");
  return notStartedResult(command, { status: "failed", cause });
}

function notStartedResult(command: Command, stopped: StopReason): CommandResult {
  return toResult(command, { exitStatus: undefined, stopped }, NOTHING, 0);
}

/** Of a command in whose place the host said who took away what the connection held. */
export function refusedResult({ command, stdout, stderr }: CommandResult): CommandResult {
  const said = (stderr || stdout).trim();
  const cause = new FakeError("HOLD_LOST", said === "" ? "What this run held there is gone." : said, {
    hint: "This run does nothing more there. Look at the host, then start again.",
    where: command.where,
  });
  return notStartedResult(command, { status: "failed", cause });
}

/** The shell ended without the last frame. `noise` is what it, or a login script, said in between. */
export function shellEnded(noise: string): FakeError {
  const said = noise.trim();
  return new FakeError("SHELL_ENDED", `The shell ended before it answered.${said === "" ? "" : ` It said: ${said}`}`, {
    hint: "Log in by hand and run /bin/sh: the account may be restricted, a login script may fail, or the command killed its own shell.",
  });
}

export function isShellEnd(error: Error | undefined): boolean {
  return error instanceof FakeError && error.code === "SHELL_ENDED";
}

/** The command was to be ended, and whether it was is not known. */
export function notStopped(reason: StopReason, error: Error): FakeError {
  const why = reason.status === "timed-out" ? "Its time was up" : "It was to be ended";
  return new FakeError("NOT_STOPPED", `${why}, but it could not be killed and may still run: ${error.message}`, { cause: error });
}

export function tooMuchOutput(limit: number): FakeError {
  const size = limit >= 1024 * 1024 ? `${Math.floor(limit / 1024 / 1024)} MiB` : `${limit} bytes`;
  return new FakeError("OUTPUT_TOO_LARGE", `It printed more than ${size}, the most that can be captured, and was ended.`, {
    hint: "Write to a file on the host and download it, or let the command print less.",
  });
}
