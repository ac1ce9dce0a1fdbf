import { formatLocation } from "../errors.ts";
import { type LinkKind, oneLine, reachableFrom, wordsFor } from "./links.ts";
import { rolesOf, type Task, type TaskRef } from "./task.ts";
import type { TaskGraph } from "./task-graph.ts";

interface Drawn {
  readonly tasks: readonly Task[];
  readonly links: readonly { readonly from: number; readonly to: number; readonly kind: LinkKind; readonly words: string }[];
}

/** A Mermaid flowchart. */
export function drawMermaid(graph: TaskGraph, refs: readonly TaskRef[]): string {
  const { tasks, links } = collect(graph, refs);
  const nodes = tasks.map(
    (task, at) => `  n${at}${task.stages === undefined ? `["${mermaidText(task.name)}"]` : `(["${mermaidText(task.name)}"])`}`,
  );
  const arrows = links.map(({ from, to, kind, words }) => `  n${from} ${kind === "onFailure" ? "-.->" : "-->"}|${words}| n${to}`);
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

/** Tasks and links as data: `{ tasks: [{ name, desc, ... }], links: [{ from, to, kind }] }`. */
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
    links: links.map(({ from, to, kind }) => ({ from: tasks[from]?.name, to: tasks[to]?.name, kind })),
  };
  return lines([JSON.stringify(data, undefined, 2)]);
}

function collect(graph: TaskGraph, refs: readonly TaskRef[]): Drawn {
  const reachable = reachableFrom(graph, refs);
  const tasks = [...reachable.keys()];
  const places = new Map(tasks.map((task, at) => [task, at] as const));
  const links = [...reachable].flatMap(([task, its]) => {
    let stage = 0;
    return its.map(({ kind, task: target }) => ({
      from: places.get(task) ?? 0,
      to: places.get(target) ?? 0,
      kind,
      words: kind === "stage" ? `stage ${++stage}` : wordsFor(kind),
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
