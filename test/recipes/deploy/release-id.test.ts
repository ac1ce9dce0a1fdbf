import { describe, expect, it } from "vitest";
import { findReleaseTime, isReleaseId, nextReleaseId } from "../../../src/recipes/deploy/release-id.ts";

const NOW = Date.UTC(2026, 10, 20, 10, 15, 0);

describe("release ids", () => {
  it.each(["20260231000000", "20261301000000", "20261120246000", "2026112010150", "202611201015000", "v1", "00000000000000"])(
    "%s is not one",
    (id) => expect(isReleaseId(id)).toBe(false),
  );

  it("stand for a moment in UTC", () => {
    expect(findReleaseTime("20261120101500")).toBe(NOW);
  });
});

describe("nextReleaseId", () => {
  it("is now in UTC where nothing is newer", () => {
    expect(nextReleaseId(NOW + 999, ["20261119235959"])).toBe("20261120101500");
  });

  it("is one second after the newest on any host, also when a clock went back", () => {
    expect(nextReleaseId(NOW, ["20261120101500"])).toBe("20261120101501");
    expect(nextReleaseId(NOW, ["20261120101500", "20261121235959"])).toBe("20261122000000");
  });

  it("passes over ids more than two days ahead, and names that are no ids", () => {
    expect(nextReleaseId(NOW, ["20991231000000", "20261122101501", "99999999999999", "foo"])).toBe("20261120101500");
    expect(nextReleaseId(NOW, ["20261122101500"])).toBe("20261122101501");
  });
});
