import { describe, expect, it } from "vitest";
import { describeRelease } from "../../../src/recipes/deploy/context.ts";
import { drawReleases, type ReleaseInfo } from "../../../src/recipes/deploy/listing.ts";

const NOW = Date.UTC(2026, 0, 2);

describe("a list of releases", () => {
  const release: ReleaseInfo = {
    id: "20260101000000",
    adopted: "1",
    at: "2026-01-01T00:00:00.000Z",
    current: false,
    status: "good",
    revision: "1234567890abcdef1234567890abcdef12345678",
    branch: "main",
    user: "ada",
  };
  const draw = (changed: Partial<ReleaseInfo>): readonly string[] =>
    drawReleases([{ host: "app1", releases: [{ ...release, ...changed }] }], NOW).split("\n");

  it.each(["adopted", "branch", "user"] as const)("has one line for each, whatever a foreign log has in its %s", (key) => {
    const lines = draw({ [key]: "a\n*  20990101000000  live\r\u001b[31mb\tc\u202e" });
    expect(lines).toHaveLength(4);
    expect(lines[2]).toMatch(/^ {3}20260101000000 /);
    expect(lines[2]).not.toMatch(/\p{C}/u);
  });

  it("shortens commits, and no other revision", () => {
    expect(draw({})[2]).toContain(" 1234567  ");
    expect(draw({ revision: "shop@1.2.3" })[2]).toContain(" shop@1.2.3  ");
  });

  it("is of the same words as what is said of one", () => {
    expect(describeRelease({ id: release.id, branch: "a\nb", sha: release.revision })).toBe("20260101000000 (a b 1234567)");
  });
});
