import { git } from "./git.ts";
import { push } from "./push.ts";
import type { Strategy } from "./strategy.ts";

/** All that `scm` may name, a line each. */
const STRATEGIES = {
  git,
  push,
} satisfies Readonly<Record<string, Strategy>>;

export type StrategyName = keyof typeof STRATEGIES;

export const strategyNames = Object.keys(STRATEGIES) as readonly StrategyName[];

/** The strategy of that name, or the one that the deployfile brings. */
export function pickStrategy(scm: StrategyName | Strategy): Strategy {
  return typeof scm === "string" ? STRATEGIES[scm] : scm;
}

/** What must be there for a strategy of one's own. */
export function isStrategy(value: unknown): value is Strategy {
  const { name, resolveRevision, createRelease } = (value ?? {}) as Partial<Record<keyof Strategy, unknown>>;
  return typeof name === "string" && typeof resolveRevision === "function" && typeof createRelease === "function";
}
