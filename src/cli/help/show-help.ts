import type { ExitCode } from "../../errors.ts";
import { findDeployfile } from "../../loader/find.ts";
import type { Invocation, Vocabulary } from "../argv/invocation.ts";
import { HELP_MS } from "../limits.ts";
import { type CliIo, eyes } from "../terminal/io.ts";

/** `--help`, `help`, and nothing at all: help on the verb, or on the task that was named. */
export async function showHelp(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const { verb, words, options, vocabulary } = invocation;
  const screen = options.help ? io.stdout : eyes(io);
  const { helpFor } = await import("./help.ts");
  if (verb.name !== "") screen.write(await helpFor(verb, vocabulary, io.stdout.columns));
  else if (words.length > 0) {
    const { helpOnWord } = await import("./task-help.ts");
    screen.write(await helpOnWord(invocation, io));
  } else screen.write(await helpFor(verb, await withRecipes(invocation, io), io.stdout.columns));
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
