import { formatLocation, type Problem, type SourceLocation } from "../errors.ts";
import { linksOf } from "./links.ts";
import { nameOf, type Task, type TaskRef } from "./task.ts";
import type { TaskGraph } from "./task-graph.ts";
import { listOf } from "./task-options.ts";

/** Names shown of a long circle. */
const SHOWN = 12;

/**
 * Tasks that lead to themselves. `onFailure` hooks are no part of it: they run when all else is over, and one that fails
 * starts nothing.
 */
export function findCycleProblems(graph: TaskGraph): Problem[] {
  const edges = new Map(graph.tasks().map((task) => [task.name, leadsTo(graph, task)]));
  return findCycles(edges).map((circle) => describeCircle(graph, circle));
}

function leadsTo(graph: TaskGraph, { name, options, stages = [] }: Task): string[] {
  const { before, after, always } = graph.hooksOf(name);
  const toName = (ref: TaskRef): string => graph.find(ref)?.name ?? nameOf(ref);
  return [...listOf(options.needs).map(toName), ...before, ...stages.map(toName), ...after, ...always];
}

function describeCircle(graph: TaskGraph, circle: readonly string[]): Problem {
  const links = circle.slice(1, SHOWN + 1).map((name, at) => describeLink(graph, circle[at] ?? "", name));
  const hint = links.map((link) => (link.where === undefined ? link.text : `${link.text} (${formatLocation(link.where)})`));
  const more = circle.length - 1 > SHOWN ? [`and ${circle.length - 1 - SHOWN} more`] : [];
  return {
    message: `Tasks lead in a circle: ${shorten(circle).join(" -> ")}.`,
    subject: circle[0],
    where: links[0]?.where,
    hint: `Take one of these out: ${[...hint, ...more].join("; ")}.`,
  };
}

function describeLink(graph: TaskGraph, from: string, to: string): { text: string; where: SourceLocation | undefined } {
  const task = graph.get(from);
  const kind = linksOf(graph, task).find((link) => link.task.name === to)?.kind;
  if (kind === "needs") return { text: `${from} needs ${to}`, where: task.where };
  if (kind === "stage") return { text: `${to} is a stage of ${from}`, where: task.where };
  const hook = graph.hooks.find(
    (hook) => hook.kind === kind && graph.find(hook.target) === task && graph.find(hook.task)?.name === to,
  );
  return { text: `${to} runs ${kind === "always" ? "always after" : kind} ${from}`, where: hook?.where };
}

function shorten(circle: readonly string[]): readonly string[] {
  return circle.length <= SHOWN
    ? circle
    : [...circle.slice(0, SHOWN - 2), `(${circle.length - SHOWN} more)`, ...circle.slice(-2)];
}

/** Names, and for each the names it leads to. */
export type Edges = ReadonlyMap<string, readonly string[]>;

/**
 * The circles of a graph: for each knot of nodes that reach each other, the shortest way from its first node round to itself.
 * Each circle begins and ends with the same node. Circles are data, not an error; edges to unknown nodes count for nothing.
 */
export function findCycles(edges: Edges): string[][] {
  // What is left lies in knots, or between two of them.
  const tangled = peel(turnRound(peel(edges)));
  const circles: string[][] = [];
  const passed = new Set<string>();
  for (const start of edges.keys()) {
    if (passed.has(start) || !tangled.has(start)) continue;
    const circle = shortestCircle(edges, start);
    if (circle === undefined) continue;
    circles.push(circle);
    const before = reach(tangled, start);
    for (const node of reach(edges, start)) if (before.has(node)) passed.add(node);
  }
  return circles;
}

/** Without the nodes to which nothing leads, over and over. */
function peel(edges: Edges): Edges {
  const left = new Map(edges);
  const leading = new Map<string, number>();
  for (const target of [...edges.values()].flat()) leading.set(target, (leading.get(target) ?? 0) + 1);
  const open = [...edges.keys()].filter((node) => !leading.has(node));
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    left.delete(node);
    for (const target of edges.get(node) ?? []) {
      const count = (leading.get(target) ?? 0) - 1;
      leading.set(target, count);
      if (count === 0 && edges.has(target)) open.push(target);
    }
  }
  return left;
}

function turnRound(edges: Edges): Edges {
  const turned = new Map([...edges.keys()].map((node): [string, string[]] => [node, []]));
  for (const [node, targets] of edges) for (const target of targets) turned.get(target)?.push(node);
  return turned;
}

function reach(edges: Edges, start: string): ReadonlySet<string> {
  const found = new Set([start]);
  for (const node of found) for (const target of edges.get(node) ?? []) found.add(target);
  return found;
}

function shortestCircle(edges: Edges, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const node of queue) {
    for (const target of edges.get(node) ?? []) {
      if (target === start) return [...wayBack(cameFrom, node), start];
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, node);
      queue.push(target);
    }
  }
  return undefined;
}

function wayBack(cameFrom: ReadonlyMap<string, string>, end: string): string[] {
  const way: string[] = [];
  for (let node: string | undefined = end; node !== undefined; node = cameFrom.get(node)) way.push(node);
  return way.reverse();
}
