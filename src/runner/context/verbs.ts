import { createVerb, toCommand } from "../../command/builder.ts";
import type { Command } from "../../command/command.ts";
import { TaskError } from "../../errors.ts";
import { isAccepted } from "../../transport/command-result.ts";
import type { CommandResult } from "../../transport/transport.ts";
import type { Shell } from "../context.ts";
import { throwOnFailure, toCommandError } from "../machine/command-error.ts";
import { sendCommands } from "../machine/send.ts";
import type { TaskRun } from "./run.ts";

/** The members of a shell that run commands. */
export function commandVerbs(task: TaskRun): Pick<Shell, "run" | "capture" | "test" | "batch"> {
  const { target, name, limits, context } = task;
  const { track } = task.pending;
  const send = (commands: readonly Command[]): Promise<readonly CommandResult[]> =>
    sendCommands(target, commands, { task: name, signal: limits.kill });
  const batch = async (commands: readonly Command[]): Promise<readonly CommandResult[]> => {
    const results = await send(commands);
    throwOnFailure(results, target);
    return results;
  };
  const run = async (command: Command): Promise<CommandResult> => {
    const [result] = await batch([command]);
    return result as CommandResult;
  };
  const capture = async (command: Command): Promise<string> => {
    const { stdout, truncated } = await run(toCommand(command, { captureAll: true }));
    if (truncated) throw tooMuch(command);
    return stdout.replace(/[\r\n]+$/, "");
  };
  const test = async (command: Command): Promise<boolean> => {
    const [result] = await send([toCommand(command, { acceptError: true })]);
    if (result === undefined || !isAccepted(result)) throw toCommandError(result as CommandResult, target);
    return result.exitCode === 0;
  };
  return {
    run: createVerb(
      (command) =>
        track(
          () => run(command),
          () => command.where,
        ),
      context,
    ),
    capture: createVerb(
      (command) =>
        track(
          () => capture(command),
          () => command.where,
        ),
      context,
    ),
    test: createVerb(
      (command) =>
        track(
          () => test(command),
          () => command.where,
        ),
      context,
    ),
    batch: (inputs) => track(() => batch(inputs.map((input) => toCommand(input, {}, context)))),
  };
}

function tooMuch(command: Command): TaskError {
  return new TaskError(`The output of ${JSON.stringify(command.title ?? command.text)} is larger than capture can hold.`, {
    hint: "Write it to a file on the host and download that.",
  });
}
