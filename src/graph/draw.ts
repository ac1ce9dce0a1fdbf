import { drawDot, drawJson, drawMermaid } from "./draw-links.ts";
import { drawTree } from "./draw-tree.ts";
import type { TaskRef } from "./task.ts";
import type { TaskGraph } from "./task-graph.ts";

export const DRAWINGS = ["tree", "mermaid", "dot", "json"] as const;
export type Drawing = (typeof DRAWINGS)[number];

/**
 * Tasks with all that is hooked onto them, as text ending in a newline.
 * @throws UsageError UNKNOWN_TASK
 */
export function drawTasks(graph: TaskGraph, refs: readonly TaskRef[], drawing: Drawing): string {
  switch (drawing) {
    case "tree":
      return drawTree(graph, refs);
    case "mermaid":
      return drawMermaid(graph, refs);
    case "dot":
      return drawDot(graph, refs);
    case "json":
      return drawJson(graph, refs);
  }
}
