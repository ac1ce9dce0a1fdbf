import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** A row of a table: its cells by the name of their column. */
function readRow(table: string, tool: string): Readonly<Record<string, string>> {
  const cellsOf = (line = ""): readonly string[] => line.split("|").map((cell) => cell.trim());
  const lines = table.split("\n");
  const [names, cells] = ["tool", tool].map((first) => cellsOf(lines.find((line) => line.startsWith(`| ${first} |`))));
  return Object.fromEntries((names ?? []).map((name, at) => [name, cells?.[at] ?? ""]));
}

it("docs/speed.md says what bench/results.md has", () => {
  const [, table = ""] = /^## deploy, 1 hosts, RTT 50 ms$([\s\S]*?)^## /m.exec(read("bench/results.md")) ?? [];
  const [fake, capistrano] = [readRow(table, "fake"), readRow(table, "capistrano")];
  const times = Math.round(Number(capistrano["x plain"]));
  expect(read("docs/speed.md").replaceAll("\n", " ")).toContain(
    `a warm deploy behind 50 ms takes ${fake["flips/host"]} round trips and ${fake["x plain"]} of the time of a hand-written script ` +
      `sent in one \`ssh\` call; Capistrano takes ${capistrano["flips/host"]} and ${times} times as long.`,
  );
});

it("docs/speed.md says what many hosts cost in bench/results.md", () => {
  const [exec = [], deploy = []] = ["exec", "deploy"].map((verb) => {
    const row = new RegExp(`^\\| ${verb} \\| 1000 \\|.*$`, "m").exec(read("bench/results.md")) ?? [""];
    return row[0].split("|").map((cell) => cell.trim());
  });
  const [EACH, MEMORY] = [5, 6];
  expect(read("docs/speed.md").replaceAll("\n", " ")).toContain(
    `of 1,000 in one run, \`exec\` takes ${exec[EACH]} ms of CPU each and ${exec[MEMORY]} MB in all, a warm deploy ${deploy[EACH]} ms and ` +
      `${deploy[MEMORY]} MB.`,
  );
});
