import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createSum, SUM_COMMANDS, type SumTool, sumFilter } from "../../../src/process/transfer/sum.ts";

test.each(Object.keys(SUM_COMMANDS) as SumTool[])("names with line ends count as none: %s", (tool) => {
  const lines =
    tool === "cksum" ? "12 3 a\nb c\n12 3\n" : `\\${"a".repeat(64)}  a\\nb\n${"b".repeat(64)} *c\nd  e\n${"c".repeat(64)}\n`;
  const found = execFileSync("sh", ["-c", sumFilter(tool)], { input: lines, encoding: "utf8" });
  expect(found).toBe(tool === "cksum" ? "12 3\n12 3\n" : ["a", "b", "c"].map((one) => `${one.repeat(64)}\n`).join(""));
});

test.each(Object.keys(SUM_COMMANDS) as SumTool[])("the sum is the one of %s on the host", (tool) => {
  for (const content of [Buffer.alloc(0), Buffer.from("content"), randomBytes(70_000)]) {
    const there = execFileSync("sh", ["-c", `${SUM_COMMANDS[tool]} | ${sumFilter(tool)}`], { input: content, encoding: "utf8" });
    const here = createSum(tool);
    here.update(content.subarray(0, 3));
    here.update(content.subarray(3));
    expect(here.digest()).toBe(there.trim());
  }
});
