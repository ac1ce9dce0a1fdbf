import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");

/** Tests of more than one part of src have rooms of their own. */
const SUITES: Readonly<Record<string, string>> = {
  build: "what guards and builds the sources",
  contracts: "one suite for each contract, run against each implementation",
  crash: "a deploy with a fault at each of its steps",
  docking: "what is added from outside of src",
  docs: "what the documentation says",
  e2e: "stories, on the built package and real servers",
  elsewhere: "other shells, servers and runtimes",
  fuzz: "input that nobody wrote",
  soak: "many hosts and many deploys",
  support: "what helps tests is tested itself",
  types: "what the public types promise",
};

const tests = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".test.ts") && !path.startsWith("fixtures") && !path.includes("node_modules"))
  .filter((path) => SUITES[path.split("/")[0] ?? ""] === undefined);

/** What a test in this folder may be named after: a file or a folder in the same place of src, or that place itself. */
function nounsOf(folder: string): readonly string[] {
  const place = join(root, "src", folder);
  const inside = existsSync(place) ? readdirSync(place).map((name) => basename(name, ".ts")) : [];
  return folder === "." ? inside : [basename(folder), ...inside];
}

describe("the tests mirror the sources", () => {
  it.each(tests)("%s is named after what it tests, perhaps with what of it", (path) => {
    const name = basename(path).replace(/(?:\.property)?\.test\.ts$/, "");
    const nouns = nounsOf(dirname(path));
    expect(
      nouns.some((noun) => name === noun || name.startsWith(`${noun}-`)),
      `none of ${nouns.join(", ")}`,
    ).toBe(true);
  });

  it("and each suite of its own is there", () => {
    const rooms = new Set(readdirSync(join(root, "test")));
    expect(Object.keys(SUITES).filter((room) => !rooms.has(room))).toEqual([]);
  });
});
