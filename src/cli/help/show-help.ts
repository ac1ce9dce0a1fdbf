import type { ExitCode } from "../../errors.ts";
import { findDeployfile } from "../../loader/find.ts";
import { findVerb, type Invocation, type Vocabulary } from "../argv/invocation.ts";
import { HELP_MS } from "../limits.ts";
import { type CliIo, eyes } from "../terminal/io.ts";

/** `--help`, `help`, and nothing at all: help on the verb, or on the task that was named. */
export async function showHelp(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const { verb, words, options, vocabulary } = invocation;
  const screen = options.help ? io.stdout : eyes(io);
  const { helpFor } = await import("./help.ts");
  if (verb.name !== "") screen.write(await helpFor(verb, vocabulary, io.stdout.columns));
  else if (words.length > 0) screen.write(await helpOnWord(invocation, io));
  else screen.write(await helpFor(verb, await withRecipes(invocation, io), io.stdout.columns));
  return 0;
}

/** Also where there is no deployfile, or a broken one: then it brings nothing. */
async function withRecipes(invocation: Invocation, io: CliIo): Promise<Vocabulary> {
  try {
    // Before what reads it is loaded.
    await findDeployfile({ cwd: io.cwd, file: invocation.options.file });
    const [{ openApp }, { wordsOf }] = await Promise.all([import("../open-app.ts"), import("../read-deployfile.ts")]);
    return wordsOf(await openApp(invocation, io, HELP_MS), invocation.vocabulary);
  } catch {
    return invocation.vocabulary;
  }
}

/** A task of the deployfile, or a verb that a recipe brings. */
async function helpOnWord(first: Invocation, io: CliIo): Promise<string> {
  const [{ helpFor }, { taskHelp }, { addShippedWords, readDeployfile }, { createProblemBook }] = await Promise.all([
    import("./help.ts"),
    import("./task-help.ts"),
    import("../read-deployfile.ts"),
    import("../../prepare/problem-book.ts"),
  ]);
  const read = await readDeployfile(first, io, createProblemBook()).catch(async (error: unknown) => {
    // A verb that ships with us needs no deployfile to be told about.
    const vocabulary = await addShippedWords(first.vocabulary);
    const verb = findVerb(vocabulary, first.words[0]);
    if (verb === undefined) throw error;
    return { app: undefined, invocation: { ...first, vocabulary, verb } };
  });
  const { verb, vocabulary, words } = read.invocation;
  if (verb.name !== "" || read.app === undefined) return await helpFor(verb, vocabulary, io.stdout.columns);
  return taskHelp(words[0] ?? "", read.app);
}
