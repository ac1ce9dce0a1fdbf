import { type HookKind, rolesOf, type Task, type TaskRef } from "./task.ts";
import type { TaskGraph } from "./task-graph.ts";
import { listOf } from "./task-options.ts";

export type LinkKind = "needs" | "stage" | HookKind;

/** One task that belongs to another. */
export interface TaskLink {
  readonly kind: LinkKind;
  readonly task: Task;
  /** Names of the flows that a hook is limited to. */
  readonly flows?: readonly string[] | undefined;
}

export function wordsFor({ kind, flows }: Pick<TaskLink, "kind" | "flows">): string {
  const words = kind === "onFailure" ? "on failure" : kind;
  return flows === undefined ? words : `${words} in ${oneLine(flows.join(", "))}`;
}

/** What belongs to a task, in the order in which it runs; `onFailure` last. What does not exist is left out. */
export function linksOf(graph: TaskGraph, task: Task): TaskLink[] {
  const hooks = graph.hookedOnto(task.name);
  const hook = (kind: HookKind): TaskLink[] =>
    hooks[kind].flatMap(({ task, flows }) => link(kind, [task]).map((made) => (flows === undefined ? made : { ...made, flows })));
  const link = (kind: LinkKind, refs: readonly TaskRef[]): TaskLink[] =>
    refs.flatMap((ref) => {
      const task = graph.find(ref);
      return task === undefined ? [] : [{ kind, task }];
    });
  return [
    ...link("needs", listOf(task.options.needs)),
    ...hook("before"),
    ...link("stage", task.stages ?? []),
    ...hook("after"),
    ...hook("always"),
    ...hook("onFailure"),
  ];
}

/** All that can be reached from these tasks, each once, nearest first. */
export function reachableFrom(graph: TaskGraph, refs: readonly TaskRef[]): Map<Task, readonly TaskLink[]> {
  const found = new Map<Task, readonly TaskLink[]>();
  const queue = refs.map((ref) => graph.get(ref));
  for (const task of queue) {
    if (found.has(task)) continue;
    const links = linksOf(graph, task);
    found.set(task, links);
    for (const link of links) queue.push(link.task);
  }
  return found;
}

/** How the task is placed, in words: "roles web, once". Empty when nothing is special. */
export function traitsOf({ options }: Task): string[] {
  const roles = rolesOf(options) ?? [];
  return [
    ...(roles.length > 0 ? [`roles ${roles.join(", ")}`] : []),
    ...(options.once === "run" ? ["on one host"] : []),
    ...(options.once === "role" ? ["on one host of each role"] : []),
    ...(options.local === true ? ["local"] : []),
    ...(options.leaderFirst === true ? ["first host first"] : []),
    ...(options.repeat === true ? ["each time"] : []),
  ];
}

/** A deployfile's text on one line, without what moves a terminal's cursor. */
export function oneLine(text: string): string {
  return text.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ").trim();
}
