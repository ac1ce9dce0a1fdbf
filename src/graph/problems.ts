import type { Problem, SourceLocation } from "../errors.ts";
import { formatLocation } from "../errors.ts";
import { suggest } from "../suggest.ts";
import { findCycleProblems } from "./cycle-problems.ts";
import type { GraphContent } from "./graph-content.ts";
import type { HookIndex } from "./hook-index.ts";
import { findNameProblems } from "./names.ts";
import type { Task } from "./task.ts";
import { findOptionProblems, listOf } from "./task-options.ts";
import { nameOf } from "./task-ref.ts";

/** Everything that is wrong with a graph: names, options, what is registered twice or not at all, circles. */
export function findProblems(content: GraphContent, index: HookIndex, reserved: Iterable<string>): Problem[] {
  const names = index.names();
  const unknown = (name: string, message: string, where: SourceLocation | undefined): Problem[] => {
    if (content.tasks.has(index.canonical(name))) return [];
    const close = suggest(name, names);
    return [{ message, subject: name, where, hint: close === undefined ? noSuchTask(names) : `Did you mean "${close}"?` }];
  };
  return [
    ...findNameProblems(content.tasks, reserved),
    ...[...content.tasks.values()].flatMap(findOptionProblems),
    ...findDuplicates(content),
    ...content.lost.flatMap((task) => unknown(task.name, `replace: there is no task "${task.name}" at that point.`, task.where)),
    ...[...content.tasks.values()].flatMap((task) => findUnknownParts(task, unknown)),
    ...content.hooks.flatMap((hook) => [
      ...unknown(hook.target, `${hook.kind}: there is no task "${hook.target}" to hook "${hook.task}" onto.`, hook.where),
      ...unknown(hook.task, `${hook.kind}: there is no task "${hook.task}" to hook onto "${hook.target}".`, hook.where),
    ]),
    ...findCycleProblems(content, index),
  ];
}

type Unknown = (name: string, message: string, where: SourceLocation | undefined) => Problem[];

function findUnknownParts(task: Task, unknown: Unknown): Problem[] {
  return [
    ...listOf(task.options.needs).flatMap((ref) => {
      const name = nameOf(ref);
      return unknown(name, `Task "${task.name}" needs "${name}", which does not exist.`, task.where);
    }),
    ...(task.stages ?? []).flatMap((stage) =>
      unknown(stage, `Flow "${task.name}" has the stage "${stage}", which does not exist.`, task.where),
    ),
  ];
}

/** One problem for all tasks that meet at the same two places: a recipe used twice repeats every task it has. */
function findDuplicates(content: GraphContent): Problem[] {
  const groups = new Map<string, { names: string[]; first: SourceLocation | undefined; second: SourceLocation | undefined }>();
  for (const task of content.duplicates) {
    const first = content.tasks.get(task.name)?.where;
    const key = `${describe(first)}\n${describe(task.where)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { names: [task.name], first, second: task.where });
    else group.names.push(task.name);
  }
  return [...groups.values()].map(({ names, first, second }) => ({
    message: `${subject(names)} defined twice, first at ${describe(first)}.`,
    subject: names[0],
    where: second,
    hint: "Use a recipe once and keep the handles it gives; `replace` gives a task another body.",
  }));
}

function subject(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `"${name}"`);
  if (names.length === 1) return `Task ${shown[0]} is`;
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : "";
  return `Tasks ${shown.join(", ")}${more} are`;
}

function noSuchTask(names: readonly string[]): string {
  return names.length === 0 ? "No task is defined." : "Define it with `task`, or correct the name.";
}

function describe(where: SourceLocation | undefined): string {
  return where === undefined ? "an unknown place" : formatLocation(where);
}
