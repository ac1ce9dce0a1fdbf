import type { Problem } from "../errors.ts";
import type { Hook, HookKind, Task } from "./task.ts";

/** What was registered, as it came. */
export interface GraphContent<Body = unknown> {
  readonly tasks: ReadonlyMap<string, Task<Body>>;
  /** Tasks whose name was taken. */
  readonly duplicates: readonly Task<Body>[];
  /** Replacements of tasks that did not exist. */
  readonly lost: readonly Task<Body>[];
  readonly hooks: readonly Hook[];
}

/** Names of the tasks hooked onto one task. */
export type TaskHooks = { readonly [K in HookKind]: readonly string[] };

/** Hooks by the task they are hooked onto, with aliases resolved and repetitions taken out. */
export interface HookIndex {
  hooksOf(name: string): TaskHooks;
  /** The task's own name for a name or an alias; unknown names as they are. */
  canonical(name: string): string;
  /** Names and aliases of all tasks. */
  names(): readonly string[];
  readonly warnings: readonly Problem[];
}

const NONE: TaskHooks = Object.freeze({ before: [], after: [], onFailure: [], always: [] });

export function createHookIndex(content: GraphContent): HookIndex {
  const aliases = collectAliases(content.tasks);
  const canonical = (name: string): string => (content.tasks.has(name) ? name : (aliases.get(name) ?? name));
  const byTarget = new Map<string, { readonly [K in HookKind]: string[] }>();
  const warnings: Problem[] = [];
  const known = new Set<string>();
  for (const hook of content.hooks) {
    const target = canonical(hook.target);
    const name = canonical(hook.task);
    const hooks = byTarget.get(target) ?? { before: [], after: [], onFailure: [], always: [] };
    byTarget.set(target, hooks);
    const key = `${hook.kind}\n${target}\n${name}`;
    const isRepeat = known.has(key) && content.tasks.get(name)?.options.repeat !== true;
    known.add(key);
    if (isRepeat) warnings.push(hookedTwice(hook, target, name));
    else hooks[hook.kind].push(name);
  }
  for (const hooks of byTarget.values()) for (const names of Object.values(hooks)) Object.freeze(names);
  return Object.freeze({
    hooksOf: (name: string) => byTarget.get(canonical(name)) ?? NONE,
    canonical,
    names: () => [...content.tasks.keys(), ...aliases.keys()],
    warnings: Object.freeze(warnings),
  });
}

function collectAliases(tasks: ReadonlyMap<string, Task>): Map<string, string> {
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
