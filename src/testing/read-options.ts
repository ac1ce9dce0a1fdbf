import type { OptionSetting } from "../env/definition.ts";
import type { Problem } from "../errors.ts";
import { checkArgs } from "../prepare/check-args.ts";
import type { FilledApp } from "../prepare/filled-app.ts";
import { didYouMean } from "../suggest.ts";

/** Arguments by task, as a test gives them. */
export type TestArgs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

type ReportProblems = (problems: readonly Problem[]) => void;

/** The names of the tasks to run; reports those that do not exist. */
export function findTasks({ sealed }: FilledApp, words: readonly string[], report: ReportProblems): readonly string[] {
  if (words.length === 0) report([{ message: "No task was named.", hint: 'Name some: tasks: ["deploy"].' }]);
  return words.flatMap((word) => {
    const task = sealed.graph.find(word);
    if (task !== undefined) return [task.name];
    const hint = didYouMean(word, sealed.words());
    report([{ message: `There is no task ${JSON.stringify(word)}.`, subject: word, hint }]);
    return [];
  });
}

/** The arguments of the tasks to run, as they get them; reports what is wrong with them. */
export function readArgs(
  app: FilledApp,
  names: readonly string[],
  given: TestArgs,
  report: ReportProblems,
): ReadonlyMap<string, unknown> {
  const { graph } = app.sealed;
  const valuesOf = new Map(Object.entries(given).map(([word, values]) => [graph.find(word)?.name ?? word, values]));
  for (const task of valuesOf.keys()) {
    if (names.includes(task)) continue;
    report([{ message: `There are arguments for ${JSON.stringify(task)}, which is not among the tasks to run.`, subject: task }]);
  }
  return new Map(
    names.map((task) => {
      const values = valuesOf.get(task) ?? {};
      const show = (key: string): string => JSON.stringify(values[key]) ?? String(values[key]);
      const { args, problems } = checkArgs({ task, schema: app.sealed.argsSchema(task), values, show });
      report(problems);
      return [task, args];
    }),
  );
}

/** `undefined` is a key that was left out. */
export function toOptionSettings(set: Readonly<Record<string, unknown>>): readonly OptionSetting[] {
  return Object.entries(set).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
}
