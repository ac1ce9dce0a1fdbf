import type { LoadedApp } from "../../execution/load-app.ts";
import { createTargetEnv, loadInventory } from "../../prepare/target.ts";
import { within } from "../../wait.ts";
import { findCandidates } from "../argv/candidates.ts";
import type { VerbFunction, Vocabulary } from "../argv/invocation.ts";
import type { KnownNames } from "../argv/option-types.ts";
import type { Options } from "../argv/options.ts";
import { describeArgs } from "../help/describe-args.ts";
import { COMPLETION_MS } from "../limits.ts";
import { orNothing } from "../line-words.ts";
import { openApp } from "../open-app.ts";
import { wordsOf } from "../read-deployfile.ts";
import { addShippedWords } from "../shipped-recipes.ts";

/** Prints candidates for the last word, one a line. Nothing else, whatever is wrong. */
export const runComplete: VerbFunction = async (invocation, io) => {
  const { words, vocabulary } = invocation;
  const options = { ...invocation.options, file: fileIn(words) };
  const read = async (): Promise<{ known: KnownNames; vocabulary: Vocabulary }> => {
    const app = await openApp({ ...invocation, options }, io, COMPLETION_MS);
    return { known: await readNames(app, options), vocabulary: wordsOf(app, vocabulary) };
  };
  const found = await within(COMPLETION_MS, orNothing(read()));
  const candidates = findCandidates(words, found?.known ?? NOTHING, found?.vocabulary ?? (await addShippedWords(vocabulary)));
  io.stdout.write(candidates.map((candidate) => `${candidate}\n`).join(""));
  return 0;
};

const NOTHING: KnownNames = { tasks: [], roles: [], hosts: [], keys: [], argsOf: () => [] };

async function readNames(app: LoadedApp, options: Options): Promise<KnownNames> {
  const { sealed } = app;
  const inventory = await within(COMPLETION_MS, orNothing(loadInventory(app, options)));
  const { env } = createTargetEnv(app, [], options);
  return {
    tasks: sealed.words(),
    roles: sealed.roles,
    hosts: inventory?.hosts.map(({ id }) => id) ?? [],
    keys: env.forRun().keys(),
    argsOf(task) {
      const name = sealed.graph.find(task)?.name;
      return name === undefined ? [] : describeArgs(sealed.argsSchema(name)).map((arg) => arg.name);
    },
  };
}

/** The deployfile that the line so far names with -f. */
function fileIn(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === "-f" || word === "--file");
  if (at !== -1) return words[at + 1];
  return words.find((word) => word.startsWith("--file="))?.slice("--file=".length);
}
