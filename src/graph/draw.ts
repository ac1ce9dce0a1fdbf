import { drawDot, drawJson, drawMermaid } from "./draw-links.ts";
import { drawTree } from "./draw-tree.ts";
import type { TaskRef } from "./task.ts";
import type { TaskGraph } from "./task-graph.ts";

const DRAWINGS = { tree: drawTree, mermaid: drawMermaid, dot: drawDot, json: drawJson } as const;

/**
 * Tasks with all that is hooked onto them, as text ending in a newline.
 * @throws UsageError UNKNOWN_TASK
 */
export function drawTasks(graph: TaskGraph, refs: readonly TaskRef[], drawing: keyof typeof DRAWINGS): string {
  return DRAWINGS[drawing](graph, refs);
}
