import { announce } from "./memo.ts";
import type { Edge, Slot } from "./state.ts";

/** A setting waits for another from here until `unlink`. */
export function link(from: Slot, to: Slot): Edge {
  const edge = { to };
  from.edges = [...from.edges, edge];
  return edge;
}

export function unlink(from: Slot, edge: Edge | undefined): void {
  if (edge !== undefined) from.edges = from.edges.filter((one) => one !== edge);
}

/**
 * Called before `reader` waits for `slot`. Where that would close a cycle of settings that need each other, all of them have no value:
 * gives the keys, `slot` first and last. A cycle that exists only since a host waits for another host's call is opened: that host looks
 * again, and calls for itself.
 */
export function findCycle(reader: Slot, slot: Slot): readonly string[] | undefined {
  for (;;) {
    const path = findPath(slot, reader);
    if (path === undefined) return undefined;
    const waiting = path.find((one) => one.waitingAt !== undefined);
    if (waiting === undefined) {
      const keys = path.map((one) => one.key);
      path.forEach((one, index) => {
        one.cycle ??= rotate(keys, index);
      });
      return rotate(keys, 0);
    }
    waitNoMore(waiting);
  }
}

/** True when something waits, through whatever, from one setting for another. */
export function waitsFor(from: Slot, to: Slot): boolean {
  return findPath(from, to) !== undefined;
}

function waitNoMore(slot: Slot): void {
  const node = slot.waitingAt;
  slot.waitingAt = undefined;
  if (node !== undefined) announce(node);
}

/** Slots from `from` to `to`, each waiting for the next. */
function findPath(from: Slot, to: Slot): readonly Slot[] | undefined {
  const cameFrom = new Map<Slot, Slot | undefined>([[from, undefined]]);
  const open = [from];
  for (let slot = open.pop(); slot !== undefined; slot = open.pop()) {
    if (slot === to) return trace(slot, cameFrom);
    for (const next of waitedFor(slot)) {
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, slot);
      open.push(next);
    }
  }
  return undefined;
}

function* waitedFor(slot: Slot): Iterable<Slot> {
  for (const edge of slot.edges) yield edge.to;
  if (slot.blockedOn !== undefined) yield slot.blockedOn;
  if (slot.waitingAt?.calls !== undefined) yield* slot.waitingAt.calls;
}

function trace(last: Slot, cameFrom: ReadonlyMap<Slot, Slot | undefined>): readonly Slot[] {
  const path: Slot[] = [];
  for (let slot: Slot | undefined = last; slot !== undefined; slot = cameFrom.get(slot)) path.unshift(slot);
  return path;
}

function rotate(keys: readonly string[], start: number): readonly string[] {
  return [...keys.slice(start), ...keys.slice(0, start), keys[start] ?? ""];
}
