import { displayCommand } from "../../command/display.ts";
import type { Redactor } from "../../command/redact.ts";
import { REDACTED } from "../../command/secret-matcher.ts";
import { CommandError } from "../../command-failure.ts";
import { isAccepted } from "../../transport/command-result.ts";
import type { CommandResult } from "../../transport/transport.ts";
import type { HostRun } from "./host-run.ts";

/** Characters of stdout and of stderr that an error keeps. */
const TAIL = 8 * 1024;

/** More than what is kept, so that a secret at its edge is seen whole. */
const TAIL_TO_REDACT = 4 * TAIL;

/** The error that a failed command is thrown as: redacted, with the end of what it printed. */
export function toCommandError(
  result: CommandResult,
  { id: host, events: { redactor } }: Pick<HostRun, "id" | "events">,
): CommandError {
  const { status } = result;
  return new CommandError(
    {
      host,
      command: redactor.redact(displayCommand(result.command)),
      titled: result.command.title !== undefined,
      exitCode: result.exitCode,
      signal: result.signal ?? (status === "killed" ? "a signal" : undefined),
      timedOut: status === "timed-out",
      unknown: status === "unknown",
      stdout: tail(result.stdout, result.truncated, redactor),
      stderr: tail(result.stderr, result.truncated, redactor),
    },
    // Its input or the sink of its output failed: the exit code says nothing then.
    { cause: result.cause, hint: status === "failed" ? result.cause?.message : undefined, where: result.command.where },
  );
}

/** @throws CommandError for the first result that is a failure */
export function throwOnFailure(results: readonly CommandResult[], host: HostRun): void {
  for (const result of results) if (!isAccepted(result)) throw toCommandError(result, host);
}

function tail(text: string, truncated: boolean, redactor: Redactor): string {
  const end = text.slice(-TAIL_TO_REDACT);
  const redacted = redactor.redact(end);
  const isCut = truncated || end.length < text.length;
  const whole = isCut ? withoutBeginning(redacted, redactor.longest) : redacted;
  if (whole.length <= TAIL) return whole;
  const cut = whole.slice(-TAIL);
  const line = cut.indexOf("\n");
  return line === -1 || line === cut.length - 1 ? cut : cut.slice(line + 1);
}

/**
 * Text that was cut may begin in the middle of a secret, which nobody recognises: up to the next one that is whole. Where that
 * part is not shown anyway.
 */
function withoutBeginning(text: string, longest: number): string {
  if (text.length > TAIL + longest) return text;
  const next = text.indexOf(REDACTED);
  return text.slice(next === -1 ? longest : next);
}
