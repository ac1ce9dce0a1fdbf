import type { ExitCode } from "../../errors.ts";
import type { Invocation } from "../argv/invocation.ts";
import { type CliIo, eyes } from "../terminal/io.ts";

/** `--help`, `help`, and nothing at all: help on the verb, or on the task that was named. */
export async function showHelp(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const { verb, words, options, vocabulary } = invocation;
  const [task] = words;
  if (verb === vocabulary.runVerb && task !== undefined) {
    const { taskHelp } = await import("./task-help.ts");
    io.stdout.write(await taskHelp(task, invocation, io));
    return 0;
  }
  const { helpFor } = await import("./help.ts");
  (options.help ? io.stdout : eyes(io)).write(await helpFor(verb, vocabulary, io.stdout.columns));
  return 0;
}
