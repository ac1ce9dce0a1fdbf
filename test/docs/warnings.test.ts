/** What people copy loads without a warning: README, the guides, the example, what `fake init` and `fake demo` write. */
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { describeSettings } from "../../src/cli/template.ts";
import { fake, project } from "../cli/run-cli.ts";
import { parseBlocks } from "../support/markdown.ts";

const root = resolve(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

const guides = [
  "README.md",
  ...readdirSync(join(root, "docs")).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
];
const snippets = guides.flatMap((guide) =>
  parseBlocks(read(guide)).flatMap(({ title, text, line }) =>
    title === "deployfile.ts" && !/from "\.\.?\//.test(text) ? [[`${guide}:${line}`, text] as const] : [],
  ),
);
const template = read("templates/deployfile.ts.template")
  .replace("{{settings}}", await describeSettings("ts", {}))
  .replace("{{handles}}", "updated, finished")
  .replace("{{build}}\n", "");

const others = [
  ["deployfile.example.ts", read("deployfile.example.ts")],
  ["the template", template],
] as const;

it.each([...snippets, ...others])("%s", async (_, text) => {
  const directory = project({ "deployfile.ts": text });
  symlinkSync(join(root, "node_modules/zod"), join(directory, "node_modules/zod"));
  const tasks = JSON.parse((await fake(directory, ["tasks", "--json"])).stdout) as readonly { name: string }[];
  const { stderr } = await fake(directory, ["plan", tasks.at(-1)?.name ?? "", "--all"]);
  expect(stderr).toBe("");
});

it("finds the snippets", () => expect(snippets.length).toBeGreaterThan(10));
