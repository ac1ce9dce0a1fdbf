import { describe, expect, it } from "vitest";
import { showsThatAllHolds } from "../../../src/cli/commands/rehearse.ts";

const violated = { invariant: "lock", text: "It is still there." } as never;

describe("a rehearsal", () => {
  it.each([
    ["all crashed runs held", [{ held: true, violations: [] }], true],
    [
      "one violated something",
      [
        { held: true, violations: [] },
        { held: true, violations: [violated] },
      ],
      false,
    ],
    [
      "some were not crashed, the others held",
      [
        { held: false, violations: [] },
        { held: true, violations: [] },
      ],
      true,
    ],
    ["none was crashed", [{ held: false, violations: [] }], false],
    ["there was no time for any", [], false],
  ])("passes or not, when %s", (_, played, passes) => {
    expect(showsThatAllHolds(played)).toBe(passes);
  });
});
