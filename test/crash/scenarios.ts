import type { SceneStart } from "./scene.ts";

export interface Scenario {
  readonly name: "first deploy" | "deploy" | "rollback";
  /** How the hosts are before it. */
  readonly start: SceneStart;
  readonly words: string;
}

export const SCENARIOS: readonly Scenario[] = [
  { name: "deploy", start: "live", words: "-R all deploy" },
  { name: "rollback", start: "live", words: "-R all rollback" },
  { name: "first deploy", start: "nothing", words: "-R all deploy" },
];
