import { CommandError } from "../command-failure.ts";
import { type ExitCode, FakeError } from "../errors.ts";
import type { EventError } from "./result.ts";

/** An error as data, fit to be seen. */
export function toEventError(error: Error, redact: (text: string) => string): EventError {
  const redacted = (text: string | undefined): string | undefined => (text === undefined ? undefined : redact(text));
  const command = error instanceof CommandError ? error : undefined;
  return Object.freeze({
    name: redact(error.name),
    code: redacted(codeOf(error)),
    message: redact(error.message),
    hint: error instanceof FakeError ? redacted(error.hint) : undefined,
    stack: redacted(error.stack),
    command: redacted(command?.command),
    titled: command?.titled === true ? true : undefined,
    exitCode: command?.exitCodeOfCommand,
    stdout: redacted(command?.stdout),
    stderr: redacted(command?.stderr),
  });
}

/** What the process would exit with if this were the only error. */
export function exitCodeOf(error: Error): ExitCode {
  return error instanceof FakeError ? error.exitCode : 1;
}

function codeOf(error: Error): string | undefined {
  const code = "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
