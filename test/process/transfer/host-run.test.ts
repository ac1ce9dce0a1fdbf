import { expect, it } from "vitest";
import { reasonOf } from "../../../src/process/transfer/host-run.ts";

const reason = (...lines: string[]): string =>
  reasonOf({ stdout: "", stderr: lines.map((line) => `${line}\n`).join(""), exitCode: 2 });

it("says once what is wrong with many files, behind what a script says in its own words", () => {
  const full = (name: string): string => `tar: ${name}: Cannot write: No space left on device`;
  expect(reason(full("a"), full("b: c"), full("d"), "tar: Exiting", "fake: it cannot be unpacked")).toBe(
    `it cannot be unpacked\n${full("a")} (and 1 more)\n${full("b: c")}\ntar: Exiting`,
  );
  expect(reason("one", "two", "two")).toBe("one\ntwo (and 1 more)");
  expect(reason()).toBe("The host ended it with exit code 2.");
});
