import { describe, expect, it, vi } from "vitest";
import { fuzzAsync } from "../fuzz/fuzz.ts";
import { dryRunForms } from "./says/dry-run-forms.ts";
import { plainForms } from "./says/plain-forms.ts";
import { checkOrder, readDryRun, readPlain, readTree } from "./says/read-run.ts";
import { createReader } from "./says/reading.ts";
import { summaryForms } from "./says/summary-forms.ts";
import { aboveForms, treeForms } from "./says/tree-forms.ts";
import { play, RARE, worlds } from "./says/worlds.ts";

// What is left behind in the end is left behind sooner: nothing of what is said depends on how long it was waited for.
vi.mock("../../src/runner/limits.ts", async (load) => ({
  ...(await load<typeof import("../../src/runner/limits.ts")>()),
  LAST_HOOKS_MS: 20,
  GRACE_MS: 20,
}));

/** Random runs through the real runner, held to what their events say. `FUZZ_SCALE=20` tries twenty times as many. */
describe("a run", () => {
  it(
    "tells what happens in the order of causes, and every sentence about it is true",
    async () => {
      const reader = createReader();
      await fuzzAsync(
        worlds,
        async (world) => {
          const played = await play(world);
          checkOrder(played);
          readPlain(played, reader);
          await readTree(played, reader);
          readDryRun(played, reader);
        },
        { runs: 300, seeds: RARE },
      );
      expect(reader.neverMet(plainForms, summaryForms, treeForms, aboveForms, dryRunForms)).toEqual([]);
    },
    120_000 * Number(process.env["FUZZ_SCALE"] ?? "1"),
  );
});
