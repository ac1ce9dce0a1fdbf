import { git } from "./git.ts";
import { push } from "./push.ts";
import type { Strategy } from "./strategy.ts";

/** What `scm` may name. */
export const STRATEGIES = ["git", "push"] as const;

export type StrategyName = (typeof STRATEGIES)[number];

export function pickStrategy(name: StrategyName): Strategy {
  return { git, push }[name];
}
