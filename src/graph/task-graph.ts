import { type Problem, UsageError } from "../errors.ts";
import { didYouMean } from "../suggest.ts";
import { type Hook, type HookKind, nameOf, type Task, type TaskRef } from "./task.ts";

/** What is hooked onto one task, each kind in order of registration. */
type ByKind<T> = { readonly [K in HookKind]: readonly T[] };

/** Names of the tasks hooked onto one task. */
export type TaskHooks = ByKind<string>;

/** A task that is hooked onto another. */
export interface Hooked {
  readonly task: string;
  /** Names of the flows it is limited to. */
  readonly flows: readonly string[] | undefined;
}

const NONE: ByKind<Hooked> = Object.freeze({ before: [], after: [], onFailure: [], always: [] });
const NO_NAMES: TaskHooks = Object.freeze({ before: [], after: [], onFailure: [], always: [] });

/** All tasks and what is hooked onto what. Accepts anything while it is filled; `findProblems` then tells what is wrong, all at once. */
export class TaskGraph<Body = unknown> {
  /** Tasks whose name was taken. */
  readonly duplicates: Task<Body>[] = [];
  /** Replacements of tasks that did not exist. */
  readonly lost: Task<Body>[] = [];
  /** As they were registered. */
  readonly hooks: Hook[] = [];
  readonly #tasks = new Map<string, Task<Body>>();
  /** Made when first asked for: hooks may name tasks and aliases that are registered after them. */
  #index: ReturnType<typeof createIndex> | undefined;

  /** The first task of a name stays; a second one is a problem. */
  add(task: Task<Body>): void {
    this.#index = undefined;
    if (this.#tasks.has(task.name)) this.duplicates.push(task);
    else this.#tasks.set(task.name, task);
  }

  /** Puts a task in the place of the one of the same name, whose hooks stay. */
  replace(task: Task<Body>): void {
    this.#index = undefined;
    if (this.#tasks.has(task.name)) this.#tasks.set(task.name, task);
    else this.lost.push(task);
  }

  /** Target and hook may be added later: names are looked up when all is read. */
  hook(hook: Hook): void {
    this.#index = undefined;
    this.hooks.push(hook);
  }

  /** By handle, name or alias. */
  find(ref: TaskRef): Task<Body> | undefined {
    const name = nameOf(ref);
    return this.#tasks.get(name) ?? this.#tasks.get(this.#indexed().aliases.get(name) ?? name);
  }

  /** @throws UsageError UNKNOWN_TASK, with the closest name */
  get(ref: TaskRef): Task<Body> {
    const task = this.find(ref);
    if (task !== undefined) return task;
    const name = nameOf(ref);
    const meant = didYouMean(name, this.words());
    throw new UsageError("UNKNOWN_TASK", `There is no task "${name}".`, {
      hint: meant === undefined ? "`fake tasks` lists them." : `${meant} \`fake tasks\` lists them all.`,
    });
  }

  /** In order of registration. */
  tasks(): readonly Task<Body>[] {
    return [...this.#tasks.values()];
  }

  /** Names and aliases of all tasks. */
  words(): readonly string[] {
    return [...this.#tasks.keys(), ...this.#indexed().aliases.keys()];
  }

  /** With aliases resolved and repetitions taken out, in whatever flow they run. */
  hooksOf(name: string): TaskHooks {
    return namesOf(this.hookedOnto(name), () => true);
  }

  /** Those that run where the task is reached in this flow, or in none. */
  hooksIn(name: string, flow: string | undefined): TaskHooks {
    return namesOf(this.hookedOnto(name), ({ flows }) => flows === undefined || (flow !== undefined && flows.includes(flow)));
  }

  /** The same with the flows that they are limited to. */
  hookedOnto(name: string): ByKind<Hooked> {
    return this.#indexed().hooks.get(this.find(name)?.name ?? name) ?? NONE;
  }

  /** What is odd but harmless: the same hook added twice is kept once. */
  warnings(): readonly Problem[] {
    return this.#indexed().warnings;
  }

  #indexed(): ReturnType<typeof createIndex> {
    this.#index ??= createIndex(this.#tasks, this.hooks);
    return this.#index;
  }
}

function namesOf(hooks: ByKind<Hooked>, isWanted: (hooked: Hooked) => boolean): TaskHooks {
  if (hooks === NONE) return NO_NAMES;
  const names = (kind: HookKind): readonly string[] => hooks[kind].filter(isWanted).map(({ task }) => task);
  return { before: names("before"), after: names("after"), onFailure: names("onFailure"), always: names("always") };
}

/** What hooks and aliases come to when all is read: names by alias, hooks by the name of their target, and what is odd about them. */
function createIndex(tasks: ReadonlyMap<string, Task>, registered: readonly Hook[]) {
  const aliases = collectAliases(tasks);
  const canonical = (name: string): string => (tasks.has(name) ? name : (aliases.get(name) ?? name));
  const hooks = new Map<string, { readonly [K in HookKind]: Hooked[] }>();
  const warnings: Problem[] = [];
  /** The flows that each hook is limited to so far, by kind, target and task. */
  const known = new Map<string, Hooked["flows"][]>();
  for (const hook of [...registered.filter(({ last }) => !last), ...registered.filter(({ last }) => last)]) {
    const target = canonical(hook.target);
    const name = canonical(hook.task);
    const ofTarget = hooks.get(target) ?? { before: [], after: [], onFailure: [], always: [] };
    hooks.set(target, ofTarget);
    const flows = hook.flows?.map(canonical);
    const key = `${hook.kind}\n${target}\n${name}`;
    const before = known.get(key) ?? [];
    const isRepeat = before.some((others) => isWithin(flows, others)) && tasks.get(name)?.options.repeat !== true;
    known.set(key, [...before, flows]);
    if (isRepeat) warnings.push(hookedTwice(hook, target, name));
    else ofTarget[hook.kind].push({ task: name, flows });
  }
  for (const ofTarget of hooks.values()) for (const hooked of Object.values(ofTarget)) Object.freeze(hooked);
  return { aliases, hooks, warnings };
}

/** Every flow of these is one of those. */
function isWithin(flows: readonly string[] | undefined, others: readonly string[] | undefined): boolean {
  return others === undefined || flows?.every((flow) => others.includes(flow)) === true;
}

function collectAliases(tasks: ReadonlyMap<string, Task>): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const task of tasks.values()) {
    // Options are checked later, all at once: here they may still be anything.
    const given: unknown = task.options.aliases;
    if (!Array.isArray(given)) continue;
    for (const alias of given) if (!aliases.has(alias)) aliases.set(alias, task.name);
  }
  return aliases;
}

function hookedTwice(hook: Hook, target: string, name: string): Problem {
  return {
    message: `"${name}" is hooked onto "${target}" (${hook.kind}) more than once; it is kept once.`,
    subject: name,
    where: hook.where,
    hint: "To run it each time, give the task `repeat: true`.",
  };
}
