import type { LoadedApp } from "../execution/load-app.ts";
import type { ProblemBook } from "../prepare/problem-book.ts";
import type { Invocation, Vocabulary } from "./argv/invocation.ts";
import { parseInvocation } from "./argv/parse-argv.ts";
import { addRecipeWords, takenOptions } from "./argv/recipe-words.ts";
import { openApp } from "./open-app.ts";
import { addShippedWords } from "./shipped-recipes.ts";
import type { CliIo } from "./terminal/io.ts";

export interface ReadDeployfile {
  readonly app: LoadedApp;
  /** The command line, understood with the words that the deployfile's recipes bring. */
  readonly invocation: Invocation;
}

/** The deployfile, and what the command line means to it. @throws FakeError when it cannot be read */
export async function readDeployfile(first: Invocation, io: CliIo, book: ProblemBook): Promise<ReadDeployfile> {
  const app = await book.attempt(() => openApp(first, io));
  if (app === undefined) {
    book.add(first.problems);
    throw book.toError();
  }
  const vocabulary = wordsOf(app, first.vocabulary);
  const invocation = parseInvocation(first.argv, vocabulary);
  const isKnown = invocation.verb.name !== "" || app.sealed.graph.find(invocation.words[0] ?? "") !== undefined;
  const all = isKnown && invocation.problems.length === 0 ? vocabulary : await addShippedWords(vocabulary);
  book.add([...app.problems, ...takenOptions(first.vocabulary, app.sealed)]);
  return { app, invocation: all === vocabulary ? invocation : parseInvocation(first.argv, all) };
}

/** The words of the command line with those of this deployfile. */
export function wordsOf(app: LoadedApp, vocabulary: Vocabulary): Vocabulary {
  return addRecipeWords(vocabulary, app.sealed, async (name, definition) => {
    const { recipeVerb } = await import("./recipe-verb.ts");
    return recipeVerb(name, definition, app);
  });
}
