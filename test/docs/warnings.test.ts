/** What people copy loads without a warning: README, the guides, the example. What `fake init` writes is loaded in test/cli/init. */
import { readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { fake, project } from "../cli/run-cli.ts";
import { guides } from "../support/guides.ts";
import { parseBlocks } from "../support/markdown.ts";

const root = resolve(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

const snippets = guides.flatMap((guide) =>
  parseBlocks(read(guide)).flatMap(({ title, text, line }) =>
    title === "deployfile.ts" && !/from "\.\.?\//.test(text) ? [[`${guide}:${line}`, text] as const] : [],
  ),
);
const others = [["deployfile.example.ts", read("deployfile.example.ts")]] as const;

it.each([...snippets, ...others])("%s", async (_, text) => {
  const directory = project({ "deployfile.ts": text });
  symlinkSync(join(root, "node_modules/zod"), join(directory, "node_modules/zod"));
  const tasks = JSON.parse((await fake(directory, ["tasks", "--json"])).stdout) as readonly { name: string }[];
  const { stderr } = await fake(directory, ["plan", tasks.at(-1)?.name ?? "", "--all"]);
  expect(stderr).toBe("");
});

it("finds the snippets", () => expect(snippets.length).toBeGreaterThan(10));
