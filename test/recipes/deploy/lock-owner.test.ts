import { describe, expect, it } from "vitest";
import { describeLock, describeOwner } from "../../../src/recipes/deploy/lock-owner.ts";

const SINCE = "2026-11-20T10:00:00Z";
const SHOWN = "2026-11-20 10:00 UTC";
const ADA = { run: "1", host: "app1", user: "ada", control: "laptop", since: SINCE, command: "fake deploy", reason: "lunch" };

describe("the owner of a lock", () => {
  it.each([
    ["2026-11-20T10:00:00Z", " (0 s ago)"],
    ["2026-11-20T10:00:59Z", " (59 s ago)"],
    ["2026-11-20T10:59:59Z", " (59 min ago)"],
    ["2026-11-20T13:00:00Z", " (3 h ago)"],
    ["2026-11-22T09:59:59Z", " (47 h ago)"],
    ["2026-11-22T10:00:00Z", " (2 days ago)"],
    // The clock was set back, or nobody looked at it.
    ["2026-11-20T09:59:59Z", ""],
    ["soon", ""],
    [undefined, ""],
  ])("is named with the time of the host, and how long ago that was at %s", (now, ago) => {
    expect(describeOwner({ ...ADA, now })).toBe(`ada@laptop since ${SHOWN}${ago}, for fake deploy (lunch)`);
  });

  it("is a person, where it was taken by hand", () => {
    const byHand = { ...ADA, command: "fake lock", life: "alive by-hand", now: "2026-11-20T13:00:00Z" } as const;
    expect(describeLock(byHand)).toBe(`locked by hand by ada@laptop since ${SHOWN} (3 h ago): lunch`);
    expect(describeLock({ ...byHand, reason: "" })).toBe(`locked by hand by ada@laptop since ${SHOWN} (3 h ago)`);
  });
});
