/** What `CONTRIBUTING.md` tells to write to is there; that it is enough is shown by `test/docking`. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
const places = [...page.matchAll(/`((?:src|test|docs|build)\/[^`\s]*)`/g)].map(([, place = ""]) => place);

describe("CONTRIBUTING.md", () => {
  it("names places", () => {
    expect(places.length).toBeGreaterThan(10);
  });

  it.each(places)("names a place that is there, or where one is to be made: %s", (place) => {
    const [known = ""] = place.split("<");
    expect(existsSync(join(root, known === place || known.endsWith("/") ? known : dirname(known)))).toBe(true);
  });
});
