import type { Case } from "./play.ts";

/** Takes seconds by its nature: silence, and what does not listen. */
export function isSlow({ fault: { silent, deaf } }: Case): boolean {
  return silent === true || deaf === true;
}

/**
 * That many cases, picked at random: of as many faults as there are, then of as many tasks.
 * @param seed the same one gives the same cases
 */
export function pickSample(cases: readonly Case[], size: number, seed: number): readonly Case[] {
  const left = shuffle(cases, createRandom(seed));
  const picked: Case[] = [];
  const played = { faults: new Map<string, number>(), tasks: new Map<string, number>() };
  while (picked.length < size && left.length > 0) {
    const rank = ({ fault, step }: Case): number =>
      (played.faults.get(fault.name) ?? 0) * cases.length + (played.tasks.get(step.task) ?? 0);
    const least = left.reduce((best, one) => (rank(one) < rank(best) ? one : best));
    left.splice(left.indexOf(least), 1);
    picked.push(least);
    count(played.faults, least.fault.name);
    count(played.tasks, least.step.task);
  }
  return picked;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function shuffle<T>(list: readonly T[], random: () => number): T[] {
  const shuffled = [...list];
  for (let end = shuffled.length - 1; end > 0; end--) {
    const at = Math.floor(random() * (end + 1));
    [shuffled[end], shuffled[at]] = [shuffled[at] as T, shuffled[end] as T];
  }
  return shuffled;
}

/** mulberry32: numbers from 0 to 1. */
function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
