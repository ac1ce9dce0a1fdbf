import { createVerb, toCommand } from "../../command/builder.ts";
import type { Command, CommandContext } from "../../command/command.ts";
import { asUser, within, withPrefix, withUmask, withVars } from "../../command/context.ts";
import { TaskError } from "../../errors.ts";
import { isAccepted } from "../../transport/command-result.ts";
import type { CommandResult } from "../../transport/transport.ts";
import { throwOnFailure, toCommandError } from "../command-error.ts";
import type { CommandBuilder, Shell } from "../context.ts";
import type { Port } from "./port.ts";

/** The members of a builder; `derive` makes the object that the wrappers return. */
export function builderMembers<T>(context: CommandContext, derive: (context: CommandContext) => T) {
  return {
    cmd: createVerb((command) => command, context),
    within: (directory: string) => derive(within(context, directory)),
    vars: (variables: Parameters<CommandBuilder["vars"]>[0]) => derive(withVars(context, variables)),
    as: (user: string) => derive(asUser(context, user)),
    umask: (mask: string) => derive(withUmask(context, mask)),
    prefix: (command: string) => derive(withPrefix(context, command)),
  };
}

/** The members of a shell that run commands. */
export function commandVerbs(port: Port, context: CommandContext): Pick<Shell, "run" | "capture" | "test" | "batch"> {
  const { host, redactor } = { host: port.session.id, redactor: port.running.deps.redactor };
  const one = async (command: Command): Promise<CommandResult> => {
    const [result] = await port.send([command]);
    return result as CommandResult;
  };
  const run = async (command: Command): Promise<CommandResult> => {
    const result = await one(command);
    throwOnFailure([result], host, redactor);
    return result;
  };
  const capture = async (command: Command): Promise<string> => {
    const result = await run({ ...command, captureAll: true });
    if (result.truncated) throw tooMuch(command);
    return result.stdout.replace(/[\r\n]+$/, "");
  };
  const test = async (command: Command): Promise<boolean> => {
    const result = await one({ ...command, acceptError: true });
    if (!isAccepted(result)) throw toCommandError(result, host, redactor);
    return result.exitCode === 0;
  };
  const batch = async (commands: readonly Command[]): Promise<readonly CommandResult[]> => {
    const results = await port.send(commands);
    throwOnFailure(results, host, redactor);
    return results;
  };
  return {
    run: createVerb((command) => port.track(() => run(command)), context),
    capture: createVerb((command) => port.track(() => capture(command)), context),
    test: createVerb((command) => port.track(() => test(command)), context),
    batch: (inputs) => port.track(() => batch(inputs.map((input) => toCommand(input, {}, context)))),
  };
}

function tooMuch(command: Command): TaskError {
  return new TaskError(`The output of ${JSON.stringify(command.title ?? command.text)} is larger than capture can hold.`, {
    hint: "Write it to a file on the host and download that.",
  });
}
