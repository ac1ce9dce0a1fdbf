import { linksOf, oneLine, type TaskLink, traitsOf, wordsFor } from "./links.ts";
import type { Task, TaskRef } from "./task.ts";
import type { TaskGraph } from "./task-graph.ts";

/** Deeper trees are not drawn: their branches alone would fill pages. */
const DEEPEST = 40;

interface Branch {
  readonly task: Task;
  readonly label: string;
  /** What stands in front of this row, and in front of those below it. */
  readonly lead: string;
  readonly indent: string;
  readonly depth: number;
}

/**
 * A tree of tasks in the order in which they run. What was drawn before is not drawn again: a task that many others need
 * would otherwise fill the screen.
 */
export function drawTree(graph: TaskGraph, refs: readonly TaskRef[]): string {
  const rows: string[] = [];
  const drawn = new Set<string>();
  const work: Branch[] = refs.map((ref) => ({ task: graph.get(ref), label: "", lead: "", indent: "", depth: 0 })).reverse();
  for (let branch = work.pop(); branch !== undefined; branch = work.pop()) {
    const links = linksOf(graph, branch.task);
    const isKnown = links.length > 0 && drawn.has(branch.task.name);
    const isTooDeep = links.length > 0 && branch.depth >= DEEPEST;
    const end = isKnown ? " (as above)" : isTooDeep ? " (and what belongs to it)" : "";
    rows.push(`${branch.lead}${branch.label}${describe(branch.task)}${end}`);
    drawn.add(branch.task.name);
    if (!isKnown && !isTooDeep) for (const next of branchesOf(branch, links).reverse()) work.push(next);
  }
  return `${rows.join("\n")}\n`;
}

function branchesOf(above: Branch, links: readonly TaskLink[]): Branch[] {
  return links.map(({ kind, task }, at) => {
    const isLast = at === links.length - 1;
    return {
      task,
      label: kind === "stage" ? "" : kind === "needs" ? "needs " : `${wordsFor(kind)}: `,
      lead: `${above.indent}${isLast ? "└─ " : "├─ "}`,
      indent: `${above.indent}${isLast ? "   " : "│  "}`,
      depth: above.depth + 1,
    };
  });
}

function describe(task: Task): string {
  const traits = traitsOf(task);
  const desc = task.options.desc === undefined ? "" : `  ${oneLine(task.options.desc)}`;
  return `${task.name}${traits.length === 0 ? "" : ` [${traits.map(oneLine).join("; ")}]`}${desc}`;
}
