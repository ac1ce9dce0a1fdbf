import type { Scenario } from "../../src/rehearse/scene.ts";

export const SCENARIOS: readonly Scenario[] = [
  { name: "deploy", start: "live", words: ["-R", "all", "deploy"], brings: "new" },
  { name: "rollback", start: "live", words: ["-R", "all", "rollback"], brings: "before" },
  { name: "first deploy", start: "nothing", words: ["-R", "all", "deploy"], brings: "new" },
];
