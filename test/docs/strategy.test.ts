/** `docs/writing-a-recipe.md` shows the very strategy on which the contract of strategies is run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseBlocks } from "../support/markdown.ts";

const root = join(import.meta.dirname, "../..");

it("docs/writing-a-recipe.md shows the strategy of the fixture", () => {
  const blocks = parseBlocks(readFileSync(join(root, "docs/writing-a-recipe.md"), "utf8"));
  const fixture = readFileSync(join(root, "test/fixtures/docking/strategies/copy.ts"), "utf8");
  expect(blocks.find(({ title }) => title === "copy.ts")?.text).toBe(fixture);
});
