/** Names, and for each the names it leads to. */
export type Edges = ReadonlyMap<string, readonly string[]>;

/**
 * The circles of a graph: for each knot of nodes that reach each other, the shortest way from its first node round to itself.
 * Each circle begins and ends with the same node. Circles are data, not an error; edges to unknown nodes count for nothing.
 */
export function findCycles(edges: Edges): string[][] {
  const order = new Map([...edges.keys()].map((node, index) => [node, index] as const));
  const before = (left: string, right: string): number => (order.get(left) ?? 0) - (order.get(right) ?? 0);
  return findKnots(edges)
    .map((knot) => knot.sort(before))
    .sort((left, right) => before(left[0] ?? "", right[0] ?? ""))
    .map((knot) => shortestCircle(edges, knot));
}

interface NodeVisit {
  readonly node: string;
  readonly index: number;
  /** The lowest index that can be reached from here. */
  low: number;
  /** Which of the node's edges is followed next. */
  next: number;
}

/** Tarjan's strongly connected components, with a stack of its own: chains are as long as a deployfile makes them. */
function findKnots(edges: Edges): string[][] {
  const visits = new Map<string, NodeVisit>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const knots: string[][] = [];
  const enter = (node: string): NodeVisit => {
    const visit = { node, index: visits.size, low: visits.size, next: 0 };
    visits.set(node, visit);
    open.push(node);
    isOpen.add(node);
    return visit;
  };
  const leave = (visit: NodeVisit): void => {
    if (visit.low !== visit.index) return;
    const knot = open.splice(open.lastIndexOf(visit.node));
    for (const node of knot) isOpen.delete(node);
    if (knot.length > 1 || edges.get(visit.node)?.includes(visit.node) === true) knots.push(knot);
  };
  for (const root of edges.keys()) {
    const path: NodeVisit[] = visits.has(root) ? [] : [enter(root)];
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const target = edges.get(visit.node)?.[visit.next++];
      if (target === undefined) {
        path.pop();
        leave(visit);
        const above = path.at(-1);
        if (above !== undefined) above.low = Math.min(above.low, visit.low);
      } else if (edges.has(target)) {
        const known = visits.get(target);
        if (known === undefined) path.push(enter(target));
        else if (isOpen.has(target)) visit.low = Math.min(visit.low, known.index);
      }
    }
  }
  return knots;
}

function shortestCircle(edges: Edges, knot: readonly string[]): string[] {
  const start = knot[0] ?? "";
  const inside = new Set(knot);
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at] ?? "";
    for (const target of edges.get(node) ?? []) {
      if (target === start) return [...wayBack(cameFrom, node), start];
      if (!inside.has(target) || cameFrom.has(target)) continue;
      cameFrom.set(target, node);
      queue.push(target);
    }
  }
  return [start, start];
}

function wayBack(cameFrom: ReadonlyMap<string, string>, end: string): string[] {
  const way: string[] = [];
  for (let node: string | undefined = end; node !== undefined; node = cameFrom.get(node)) way.push(node);
  return way.reverse();
}
