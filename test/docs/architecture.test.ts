/** Every place that `docs/architecture.md` names is there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/architecture.md"), "utf8");
const drawn = page.replace(/<!-- layers -->[\s\S]*<!-- \/layers -->/, "");
const places = new Set([...drawn.matchAll(/`([\w./-]+(?:\/|\.ts|\.json|\.md))`/g)].map(([, place = ""]) => place));
// Made by the build: not there in a fresh clone.
places.delete("dist/");

describe("docs/architecture.md", () => {
  it("names places", () => {
    expect(places.size).toBeGreaterThan(60);
  });

  it.each([...places])("names a place that is there: %s", (place) => {
    expect(
      ["", "src", "src/cli", "src/runner", "src/transport", "src/transport/ssh", "test"].some((folder) =>
        existsSync(join(root, folder, place)),
      ),
    ).toBe(true);
  });
});
