import { type Problem, ProblemsError } from "../errors.ts";
import type { LoadedApp } from "../execution/load-app.ts";
import type { ProblemBook } from "../prepare/problem-book.ts";
import { explain } from "./argv/explain.ts";
import type { Invocation } from "./argv/invocation.ts";
import { readLineWords } from "./line-words.ts";

/** Notes what is wrong with a command line, with the line that was meant. @returns that line, where there is one */
export async function explainInto(
  book: ProblemBook,
  problems: readonly Problem[],
  invocation: Invocation,
  app: LoadedApp,
): Promise<Invocation | undefined> {
  const { roles, only } = invocation.options;
  const isClear = problems.length === 0 && [...roles, ...only].every((role) => app.sealed.roles.includes(role));
  if (isClear) return undefined;
  const explained = explain(problems, invocation, await readLineWords(app, invocation.options));
  book.add(explained.problems);
  return explained.meant;
}

/** Refuses roles and hosts that stand as words, where these are keys of settings or tasks. @throws ProblemsError */
export async function refuseSelections(invocation: Invocation, app: LoadedApp, what: "setting" | "task"): Promise<void> {
  const { words, options } = invocation;
  const known = await readLineWords(app, options);
  const isOwn = (word: string): boolean => (what === "task" ? known.find(word) !== undefined : app.sealed.declarations.has(word));
  const strays = words.filter((word) => !isOwn(word) && [...known.roles, ...known.hosts].includes(word));
  const problems = strays.map((word): Problem => ({ message: `There is no ${what} ${JSON.stringify(word)}.`, subject: word }));
  if (problems.length > 0) throw new ProblemsError("USAGE", explain(problems, invocation, known).problems);
}
