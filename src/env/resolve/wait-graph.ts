import type { Slot } from "./state.ts";

/** A setting waits for another from here until what is given back is called. */
export function link(from: Slot | undefined, to: Slot): () => void {
  from?.edges.push(to);
  return () => {
    const at = from?.edges.indexOf(to) ?? -1;
    if (at !== -1) from?.edges.splice(at, 1);
  };
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
    const waiting = path.find((one) => one.waitingFor !== undefined);
    if (waiting === undefined) {
      const keys = path.map((one) => one.key);
      path.forEach((one, index) => {
        one.cycle ??= rotate(keys, index);
      });
      return rotate(keys, 0);
    }
    const record = waiting.waitingFor;
    waiting.waitingFor = undefined;
    record?.wakeAll();
  }
}

/** True when something waits, through whatever, from one setting for another. */
export function waitsFor(from: Slot, to: Slot): boolean {
  return findPath(from, to) !== undefined;
}

/** Slots from `from` to `to`, each waiting for the next. */
function findPath(from: Slot, to: Slot): readonly Slot[] | undefined {
  const cameFrom = new Map<Slot, Slot | undefined>([[from, undefined]]);
  const open = [from];
  for (let slot = open.pop(); slot !== undefined; slot = open.pop()) {
    if (slot === to) return trace(slot, cameFrom);
    for (const next of [...slot.edges, slot.blockedOn, slot.waitingFor?.caller]) {
      if (next === undefined || cameFrom.has(next)) continue;
      cameFrom.set(next, slot);
      open.push(next);
    }
  }
  return undefined;
}

function trace(last: Slot, cameFrom: ReadonlyMap<Slot, Slot | undefined>): readonly Slot[] {
  const path: Slot[] = [];
  for (let slot: Slot | undefined = last; slot !== undefined; slot = cameFrom.get(slot)) path.unshift(slot);
  return path;
}

function rotate(keys: readonly string[], start: number): readonly string[] {
  return [...keys.slice(start), ...keys.slice(0, start), keys[start] ?? ""];
}
