import { type Problem, UsageError } from "../errors.ts";
import { didYouMean } from "../suggest.ts";
import { createHookIndex, type GraphContent, type HookIndex, type TaskHooks } from "./hook-index.ts";
import { findProblems } from "./problems.ts";
import { type Hook, nameOf, type Task, type TaskRef } from "./task.ts";

/** All tasks and what is hooked onto what. Accepts anything while it is filled; `problems` then tells what is wrong, all at once. */
export interface TaskGraph<Body = unknown> {
  /** The first task of a name stays; a second one is a problem. */
  add(task: Task<Body>): void;
  /** Puts a task in the place of the one of the same name, whose hooks stay. */
  replace(task: Task<Body>): void;
  /** Target and hook may be added later: names are looked up when all is read. */
  hook(hook: Hook): void;
  /** By handle, name or alias. */
  find(ref: TaskRef): Task<Body> | undefined;
  /** @throws UsageError UNKNOWN_TASK, with the closest name */
  get(ref: TaskRef): Task<Body>;
  /** In order of registration. */
  tasks(): readonly Task<Body>[];
  /** Names of the tasks hooked onto a task, each kind in order of registration. */
  hooksOf(name: string): TaskHooks;
  /** @param reserved names no task may have: the verbs of the command line */
  problems(reserved?: Iterable<string>): Problem[];
  /** What is odd but harmless: the same hook added twice is kept once. */
  warnings(): Problem[];
}

export function createTaskGraph<Body = unknown>(): TaskGraph<Body> {
  const tasks = new Map<string, Task<Body>>();
  const duplicates: Task<Body>[] = [];
  const lost: Task<Body>[] = [];
  const hooks: Hook[] = [];
  const content: GraphContent<Body> = { tasks, duplicates, lost, hooks };
  let index: HookIndex | undefined;

  // Built when first asked for: hooks may name tasks and aliases that are registered after them.
  const indexed = (): HookIndex => {
    index ??= createHookIndex(content);
    return index;
  };
  const find = (ref: TaskRef): Task<Body> | undefined => {
    const name = nameOf(ref);
    return tasks.get(name) ?? tasks.get(indexed().canonical(name));
  };
  return Object.freeze({
    add(task: Task<Body>) {
      index = undefined;
      if (tasks.has(task.name)) duplicates.push(task);
      else tasks.set(task.name, task);
    },
    replace(task: Task<Body>) {
      index = undefined;
      if (tasks.has(task.name)) tasks.set(task.name, task);
      else lost.push(task);
    },
    hook(hook: Hook) {
      index = undefined;
      hooks.push(hook);
    },
    find,
    get(ref: TaskRef) {
      const task = find(ref);
      if (task === undefined) throw unknownTask(nameOf(ref), indexed().names());
      return task;
    },
    tasks: () => [...tasks.values()],
    hooksOf: (name: string) => indexed().hooksOf(name),
    problems: (reserved: Iterable<string> = []) => findProblems(content, indexed(), reserved),
    warnings: () => [...indexed().warnings],
  });
}

function unknownTask(name: string, names: readonly string[]): UsageError {
  const meant = didYouMean(name, names);
  return new UsageError("UNKNOWN_TASK", `There is no task "${name}".`, {
    hint: meant === undefined ? "`fake tasks` lists them." : `${meant} \`fake tasks\` lists them all.`,
  });
}
