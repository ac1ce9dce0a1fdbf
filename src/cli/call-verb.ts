import { type ExitCode, type Problem, ProblemsError } from "../errors.ts";
import { type Invocation, takesArguments } from "./argv/invocation.ts";
import type { CliIo } from "./terminal/io.ts";

/** Does what the verb of a command line does. @throws FakeError */
export async function callVerb(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const { verb, problems } = invocation;
  // Those that take arguments tell their problems together with what the deployfile makes of the words.
  if (problems.length > 0 && !takesArguments(verb)) {
    throw new ProblemsError("USAGE", await explainUsage(invocation, io));
  }
  const run = await verb.load();
  return await run(invocation, io);
}

/** What is wrong with the line of a verb that has not read the deployfile. */
async function explainUsage(invocation: Invocation, io: CliIo): Promise<readonly Problem[]> {
  const { verb, problems, options, vocabulary } = invocation;
  const [{ explain }, { NO_WORDS, orNothing, readLineWords }, { openApp }, { wordsOf }] = await Promise.all([
    import("./argv/explain.ts"),
    import("./line-words.ts"),
    import("./open-app.ts"),
    import("./read-deployfile.ts"),
  ]);
  const app = verb.reach === "nothing" ? undefined : await orNothing(openApp(invocation, io));
  const known = app === undefined ? NO_WORDS : await readLineWords(app, options);
  const all = app === undefined ? vocabulary : wordsOf(app, vocabulary);
  return explain(problems, { ...invocation, vocabulary: all }, known).problems;
}
