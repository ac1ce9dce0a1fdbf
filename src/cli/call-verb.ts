import { type ExitCode, ProblemsError } from "../errors.ts";
import { type Invocation, takesArguments } from "./argv/invocation.ts";
import type { CliIo } from "./terminal/io.ts";

/** Does what the verb of a command line does. @throws FakeError */
export async function callVerb(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const { verb, problems } = invocation;
  // Those that take arguments tell their problems together with what the deployfile makes of the words.
  if (problems.length > 0 && !takesArguments(verb)) throw new ProblemsError("USAGE", problems);
  const run = await verb.load();
  return await run(invocation, io);
}
