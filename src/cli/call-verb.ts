import { type ExitCode, ProblemsError } from "../errors.ts";
import type { Invocation } from "./argv/invocation.ts";
import type { CliIo } from "./terminal/io.ts";

/** Does what the verb of a command line does. @throws FakeError */
export async function callVerb(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const { verb, problems } = invocation;
  // Those that take arguments tell their problems together with what the deployfile makes of the words.
  const tellsItself = verb.words === "tasks" || verb.words === "arguments";
  if (problems.length > 0 && !tellsItself) throw new ProblemsError("USAGE", problems);
  const run = await verb.load();
  return await run(invocation, io);
}
