import { formatLocation, type Problem, type SourceLocation } from "../errors.ts";
import { groupBy } from "../group-by.ts";
import { didYouMean } from "../suggest.ts";
import { findCycleProblems } from "./cycles.ts";
import { nameOf, type Task } from "./task.ts";
import type { TaskGraph } from "./task-graph.ts";
import { findOptionProblems, listOf } from "./task-options.ts";

/**
 * Everything that is wrong with a graph: names, options, what is registered twice or not at all, circles.
 * @param reserved names no task may have: the verbs of the command line
 */
export function findProblems(graph: TaskGraph, reserved: Iterable<string> = []): Problem[] {
  return [
    ...findNameProblems(graph, new Set(reserved)),
    ...graph.tasks().flatMap(findOptionProblems),
    ...findDuplicates(graph),
    ...findUnknown(graph),
    ...findCycleProblems(graph),
  ];
}

function findUnknown(graph: TaskGraph): Problem[] {
  const words = graph.words();
  const problems: Problem[] = [];
  const isUnknown = (name: string): boolean => graph.find(name) === undefined;
  const noSuchTask = words.length === 0 ? "No task is defined." : "Define it with `task`, or correct the name.";
  const report = (name: string, message: string, where: SourceLocation | undefined): void => {
    problems.push({ message, subject: name, where, hint: didYouMean(name, words) ?? noSuchTask });
  };
  for (const { name, where } of graph.lost) report(name, `replace: there is no task "${name}" at that point.`, where);
  for (const { name, options, stages, where } of graph.tasks()) {
    for (const need of listOf(options.needs).map(nameOf).filter(isUnknown)) {
      report(need, `Task "${name}" needs "${need}", which does not exist.`, where);
    }
    for (const stage of (stages ?? []).filter(isUnknown)) {
      report(stage, `Flow "${name}" has the stage "${stage}", which does not exist.`, where);
    }
  }
  for (const { kind, target, task, where } of graph.hooks) {
    if (isUnknown(target)) report(target, `${kind}: there is no task "${target}" to hook "${task}" onto.`, where);
    if (isUnknown(task)) report(task, `${kind}: there is no task "${task}" to hook onto "${target}".`, where);
  }
  return [...problems, ...findUnknownFlows(graph)];
}

/** Flows that hooks are limited to, and that are none. */
function findUnknownFlows(graph: TaskGraph): Problem[] {
  return graph.hooks.flatMap(({ kind, task, flows = [], where }) =>
    flows.flatMap((name) => {
      const found = graph.find(name);
      if (found?.stages !== undefined) return [];
      const what = found === undefined ? `there is no flow "${name}"` : `"${name}" is a task and no flow`;
      const names = graph.tasks().flatMap((each) => (each.stages === undefined ? [] : [each.name]));
      const hint = didYouMean(name, names) ?? (names.length === 0 ? "No flow is defined." : `Flows are: ${names.join(", ")}.`);
      return [{ message: `${kind}: ${what} to limit "${task}" to.`, subject: name, where, hint }];
    }),
  );
}

/** One problem for all tasks that meet at the same two places: a recipe used twice repeats every task it has. */
function findDuplicates(graph: TaskGraph): Problem[] {
  const first = ({ name }: Task): string => describe(graph.get(name).where);
  return groupBy(graph.duplicates, (task) => `${first(task)}\n${describe(task.where)}`).map((tasks) => ({
    message: `${subject(tasks.map(({ name }) => name))} defined twice, first at ${first(tasks[0])}.`,
    subject: tasks[0].name,
    where: tasks[0].where,
    hint: "Use a recipe once and keep the handles it gives; `replace` gives a task another body.",
  }));
}

function subject(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `"${name}"`);
  if (names.length === 1) return `Task ${shown[0]} is`;
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : "";
  return `Tasks ${shown.join(", ")}${more} are`;
}

function describe(where: SourceLocation | undefined): string {
  return where === undefined ? "an unknown place" : formatLocation(where);
}

const NAME = /^[A-Za-z][\w-]*(?::[A-Za-z][\w-]*)*$/;
const RIGHT = "Letters, digits, - and _, beginning with a letter; a colon between a namespace and a name: deploy:check.";

/** Names and aliases that cannot be typed, are taken, or mean a verb of the command line. */
function findNameProblems(graph: TaskGraph, verbs: ReadonlySet<string>): Problem[] {
  const names = new Set(graph.tasks().map(({ name }) => name));
  const aliases = new Map<string, string>();
  const problems: Problem[] = [];
  for (const task of graph.tasks()) {
    const report = (message: string, hint: string): void => {
      problems.push({ message, subject: task.name, where: task.where, hint });
    };
    if (!NAME.test(task.name)) report(`${JSON.stringify(task.name)} cannot be the name of a task.`, RIGHT);
    else if (verbs.has(task.name)) {
      const hint = `For example "app:${task.name}". What \`fake ${task.name}\` does says \`fake ${task.name} --help\`.`;
      report(`A task cannot be named "${task.name}": that is a verb of the command line.`, hint);
    }
    for (const alias of listOf(task.options.aliases)) {
      if (typeof alias !== "string") continue;
      const owner = names.has(alias) ? alias : aliases.get(alias);
      if (!NAME.test(alias)) report(`${JSON.stringify(alias)} cannot be an alias of "${task.name}".`, RIGHT);
      else if (verbs.has(alias))
        report(`"${alias}" cannot be an alias of "${task.name}": it is a verb of the command line.`, "Take another word.");
      else if (owner !== undefined)
        report(`The alias "${alias}" of "${task.name}" already means "${owner}".`, "Take another word.");
      else aliases.set(alias, task.name);
    }
  }
  return problems;
}
