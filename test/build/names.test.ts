import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

const sources = resolve(import.meta.dirname, "../../src");

it("a type name means one thing in all of src", () => {
  const places = new Map<string, string[]>();
  for (const file of readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"))) {
    const text = readFileSync(join(sources, file), "utf8");
    for (const [, name = ""] of text.matchAll(/^(?:export )?(?:abstract )?(?:interface|type|class) (\w+)/gm))
      places.set(name, [...(places.get(name) ?? []), file]);
  }
  expect([...places].filter(([, files]) => files.length > 1)).toEqual([]);
});
