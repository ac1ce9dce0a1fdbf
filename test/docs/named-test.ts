import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

const root = join(import.meta.dirname, "../..");

/** That a test which a guide names is there: the file, and a string literal of its source with that title. */
export function expectTest(file: string, title: string): void {
  expect([file, file !== "" && existsSync(join(root, file))]).toEqual([file, true]);
  // However it is quoted; a reason for skipping may follow.
  const literal = new RegExp(`["'\`]${title.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?:["'\`]|\\$\\{)`);
  expect(literal.test(readFileSync(join(root, file), "utf8")), `${title} in ${file}`).toBe(true);
}
