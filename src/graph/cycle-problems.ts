import type { Problem, SourceLocation } from "../errors.ts";
import { formatLocation } from "../errors.ts";
import { findCycles } from "./cycles.ts";
import type { GraphContent } from "./graph-content.ts";
import type { HookIndex } from "./hook-index.ts";
import type { Task } from "./task.ts";
import { listOf } from "./task-options.ts";
import { nameOf } from "./task-ref.ts";

/** Names shown of a long circle. */
const SHOWN = 12;

/**
 * Tasks that lead to themselves. `onFailure` hooks are no part of it: they run when all else is over, and one that fails
 * starts nothing.
 */
export function findCycleProblems(content: GraphContent, index: HookIndex): Problem[] {
  const edges = new Map([...content.tasks.values()].map((task) => [task.name, leadsTo(task, index)] as const));
  return findCycles(edges).map((circle) => describeCircle(circle, content, index));
}

function leadsTo(task: Task, index: HookIndex): string[] {
  const hooks = index.hooksOf(task.name);
  const needs = listOf(task.options.needs).map((ref) => index.canonical(nameOf(ref)));
  const stages = (task.stages ?? []).map(index.canonical);
  return [...needs, ...hooks.before, ...stages, ...hooks.after, ...hooks.always];
}

function describeCircle(circle: readonly string[], content: GraphContent, index: HookIndex): Problem {
  const links = circle.slice(1, SHOWN + 1).map((name, at) => describeLink(circle[at] ?? "", name, content, index));
  const hint = links.map((link) => (link.where === undefined ? link.text : `${link.text} (${formatLocation(link.where)})`));
  const more = circle.length - 1 > SHOWN ? [`and ${circle.length - 1 - SHOWN} more`] : [];
  return {
    message: `Tasks lead in a circle: ${shorten(circle).join(" -> ")}.`,
    subject: circle[0],
    where: links[0]?.where,
    hint: `Take one of these out: ${[...hint, ...more].join("; ")}.`,
  };
}

function describeLink(
  from: string,
  to: string,
  content: GraphContent,
  index: HookIndex,
): { text: string; where: SourceLocation | undefined } {
  const task = content.tasks.get(from);
  if (listOf(task?.options.needs).some((ref) => index.canonical(nameOf(ref)) === to)) {
    return { text: `${from} needs ${to}`, where: task?.where };
  }
  if ((task?.stages ?? []).some((stage) => index.canonical(stage) === to)) {
    return { text: `${to} is a stage of ${from}`, where: task?.where };
  }
  const hook = content.hooks.find(
    (hook) => hook.kind !== "onFailure" && index.canonical(hook.target) === from && index.canonical(hook.task) === to,
  );
  return { text: `${to} runs ${hook?.kind === "always" ? "always after" : hook?.kind} ${from}`, where: hook?.where };
}

function shorten(circle: readonly string[]): readonly string[] {
  return circle.length <= SHOWN
    ? circle
    : [...circle.slice(0, SHOWN - 2), `(${circle.length - SHOWN} more)`, ...circle.slice(-2)];
}
