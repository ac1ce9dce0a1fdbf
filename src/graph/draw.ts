import { formatLocation } from "../errors.ts";
import { linksOf, oneLine, reachableFrom, type TaskLink, traitsOf, wordsFor } from "./links.ts";
import { rolesOf, type Task, type TaskRef } from "./task.ts";
import type { TaskGraph } from "./task-graph.ts";

/** A Mermaid flowchart. */
export function drawMermaid(graph: TaskGraph, refs: readonly TaskRef[]): string {
  const { tasks, links } = collect(graph, refs);
  const nodes = tasks.map(
    (task, at) => `  n${at}${task.stages === undefined ? `["${mermaidText(task.name)}"]` : `(["${mermaidText(task.name)}"])`}`,
  );
  const arrows = links.map(
    ({ from, to, kind, words }) => `  n${from} ${kind === "onFailure" ? "-.->" : "-->"}|${mermaidText(words)}| n${to}`,
  );
  return lines(["flowchart TD", ...nodes, ...arrows]);
}

/** A Graphviz digraph. */
export function drawDot(graph: TaskGraph, refs: readonly TaskRef[]): string {
  const { tasks, links } = collect(graph, refs);
  const nodes = tasks.map(
    (task, at) => `  n${at} [label=${dotText(task.name)}${task.stages === undefined ? "" : ", shape=box"}];`,
  );
  const arrows = links.map(
    ({ from, to, kind, words }) =>
      `  n${from} -> n${to} [label=${dotText(words)}${kind === "onFailure" ? ", style=dashed" : ""}];`,
  );
  return lines(["digraph tasks {", ...nodes, ...arrows, "}"]);
}

/** Tasks and links as data: `{ tasks: [{ name, desc, ... }], links: [{ from, to, kind, flows? }] }`. */
export function drawJson(graph: TaskGraph, refs: readonly TaskRef[]): string {
  const { tasks, links } = collect(graph, refs);
  const data = {
    tasks: tasks.map(({ name, options, body, stages, where }) => ({
      name,
      desc: options.desc,
      aliases: options.aliases,
      roles: rolesOf(options),
      once: options.once,
      local: options.local,
      stages,
      hasBody: body !== undefined,
      where: where === undefined ? undefined : formatLocation(where),
    })),
    links: links.map(({ from, to, kind, flows }) => ({ from: tasks[from]?.name, to: tasks[to]?.name, kind, flows })),
  };
  return lines([JSON.stringify(data, undefined, 2)]);
}

/** The tasks, and their links by the places of the tasks. */
function collect(graph: TaskGraph, refs: readonly TaskRef[]) {
  const reachable = reachableFrom(graph, refs);
  const tasks = [...reachable.keys()];
  const places = new Map(tasks.map((task, at) => [task, at] as const));
  const links = [...reachable].flatMap(([task, its]) => {
    let stage = 0;
    return its.map(({ kind, task: target, flows }) => ({
      from: places.get(task) ?? 0,
      to: places.get(target) ?? 0,
      kind,
      flows,
      words: kind === "stage" ? `stage ${++stage}` : wordsFor({ kind, flows }),
    }));
  });
  return { tasks, links };
}

function mermaidText(text: string): string {
  return oneLine(text).replace(/[#"<>&]/g, (sign) => `#${sign.charCodeAt(0)};`);
}

function dotText(text: string): string {
  return `"${oneLine(text).replace(/["\\]/g, "\\$&")}"`;
}

function lines(rows: readonly string[]): string {
  return `${rows.join("\n")}\n`;
}

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
  return lines(rows);
}

function branchesOf(above: Branch, links: readonly TaskLink[]): Branch[] {
  return links.map(({ kind, task, flows }, at) => {
    const isLast = at === links.length - 1;
    return {
      task,
      label: kind === "stage" ? "" : kind === "needs" ? "needs " : `${wordsFor({ kind, flows })}: `,
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

const DRAWINGS = { tree: drawTree, mermaid: drawMermaid, dot: drawDot, json: drawJson } as const;

/**
 * Tasks with all that is hooked onto them, as text ending in a newline.
 * @throws UsageError UNKNOWN_TASK
 */
export function drawTasks(graph: TaskGraph, refs: readonly TaskRef[], drawing: keyof typeof DRAWINGS): string {
  return DRAWINGS[drawing](graph, refs);
}
