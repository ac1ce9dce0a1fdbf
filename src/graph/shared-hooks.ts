import { type Problem, placeOf, type SourceLocation } from "../errors.ts";
import { linksOf, oneLine } from "./links.ts";
import type { Plan } from "./plan.ts";
import type { Hook, Task } from "./task.ts";
import type { TaskGraph } from "./task-graph.ts";

/** A hook of a deployfile on what belongs to flows. */
interface FlowHook {
  readonly hook: Hook;
  readonly target: Task;
  readonly task: Task;
  /** Names of the flows whose own the target is. */
  readonly flows: readonly string[];
}

/**
 * Hooks without `flows` on what several flows share, where that is seldom meant: `before` it, which prepares what only one of them brings,
 * or `once`, which changes what all hosts have in common. What comes after it on each host, such as a restart, is right in all of them.
 * And hooks limited to flows that never get there.
 */
export function findSharedHooks(graph: TaskGraph): Problem[] {
  const suspects = graph.hooks.filter((hook) => hook.flows === undefined && isSuspect(graph, hook));
  const limited = graph.hooks.filter(({ flows }) => flows !== undefined);
  if (suspects.length === 0 && limited.length === 0) return [];
  const flowsBy = flowsByTask(graph);
  const shared = flowHooksOf(graph, suspects, flowsBy).filter(({ flows }) => flows.length > 1);
  return [...shared.map(tellShared), ...limited.flatMap((hook) => tellUnreached(graph, hook, flowsBy))];
}

function tellShared({ hook: { kind, where }, target, task, flows }: FlowHook): Problem {
  const limit = (names: readonly string[]): string => `{ flows: [${names.map((name) => JSON.stringify(name)).join(", ")}] }`;
  const call = `${kind}("${target.name}", "${task.name}", ${limit(flows.slice(0, 1))})`;
  return {
    message: `"${task.name}" runs in ${inWords(flows)}: they share "${target.name}", which it is hooked onto (${kind}).`,
    subject: task.name,
    where,
    hint: `Say which it is for: ${call}; or ${limit(flows)} where it is right in all of them.`,
  };
}

function tellUnreached(graph: TaskGraph, { kind, target, task, flows = [], where }: Hook, flowsBy: FlowsBy): Problem[] {
  const reached = flowsBy.get(graph.find(target)?.name ?? target);
  if (flows.some((name) => reached?.has(graph.find(name)?.name ?? name))) return [];
  const message = `"${task}" is limited to ${inWords(flows)}, where "${target}", which it is hooked onto (${kind}), has no place.`;
  return [{ message, subject: task, where, hint: "It runs only where a task executes that there." }];
}

function isSuspect(graph: TaskGraph, { kind, task }: Hook): boolean {
  const { once, local, readOnly } = graph.find(task)?.options ?? {};
  return local !== true && readOnly !== true && (kind === "before" || (kind === "after" && once !== undefined));
}

/**
 * In which flows the hooks of a deployfile run that hang on what this plan is about, as text ending in a newline. Empty when no flow
 * shares any of that.
 */
export function describeSharedHooks(graph: TaskGraph, plan: Plan): string {
  const here = new Set(plan.scopes.flatMap(({ flow }) => flow ?? []));
  const hooks = flowHooksOf(graph, graph.hooks, flowsByTask(graph)).filter(({ flows }) => flows.some((flow) => here.has(flow)));
  if (hooks.every(({ flows }) => flows.length < 2)) return "";
  const rows = hooks.map(({ hook, task, target, flows }) => {
    const limit = hook.flows?.map((name) => graph.find(name)?.name ?? name) ?? flows;
    const its = flows.filter((flow) => limit.includes(flow));
    const note = its.some((flow) => here.has(flow)) ? "" : ", not here";
    return [task.name, `${hook.kind} ${target.name}`, `in ${inWords(its)}${note}`].map(oneLine);
  });
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}`.trimEnd());
  return ["Hooks of the deployfile:", ...lines, ""].join("\n");
}

/** Hooks on what belongs to flows: their stages, and what came with them in the same recipe; not those of the recipe itself. */
function flowHooksOf(graph: TaskGraph, hooks: readonly Hook[], flowsBy: FlowsBy): FlowHook[] {
  return hooks.flatMap((hook) => {
    const target = graph.find(hook.target);
    const task = graph.find(hook.task);
    if (target === undefined || task === undefined) return [];
    const flows = [...(flowsBy.get(target.name) ?? [])].map((name) => graph.get(name));
    const isOwn = ({ stages = [], where }: Task): boolean =>
      stages.some((stage) => graph.find(stage) === target) || isSamePlace(where, target.where);
    const isOfRecipe = flows.some(({ where }) => isSamePlace(where, hook.where));
    return flows.some(isOwn) && !isOfRecipe ? [{ hook, target, task, flows: flows.map(({ name }) => name) }] : [];
  });
}

/** What a recipe defines is all at the place where it is used. */
function isSamePlace(one: SourceLocation | undefined, other: SourceLocation | undefined): boolean {
  return one !== undefined && placeOf(one) === placeOf(other);
}

/** Of each task the flows that it is a part of, whatever hooks lead to it. A flow within another is one of its own. */
type FlowsBy = ReadonlyMap<string, ReadonlySet<string>>;

function flowsByTask(graph: TaskGraph): FlowsBy {
  const flowsBy = new Map<string, Set<string>>();
  for (const flow of graph.tasks()) {
    if (flow.stages === undefined) continue;
    const reached = new Set([flow]);
    for (const task of reached) {
      flowsBy.set(task.name, (flowsBy.get(task.name) ?? new Set()).add(flow.name));
      for (const link of linksOf(graph, task)) {
        const isIn = link.flows === undefined || link.flows.includes(flow.name);
        if (isIn && link.task.stages === undefined) reached.add(link.task);
      }
    }
  }
  return flowsBy;
}

function inWords(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
