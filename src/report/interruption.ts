import { neutralise } from "../command/neutralise.ts";

/** What an interruption does, and what the next one would. */
export function describeInterruption(signal: string, count: number): string {
  const name = neutralise(signal);
  if (count <= 1) return `${name}: stopping when what is under way is done. Once more ends that now.`;
  if (count === 2) return `${name}: ending what is under way. Once more gives up waiting for it.`;
  return `${name}: not waiting any longer.`;
}
