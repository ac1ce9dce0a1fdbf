import { describe, expect, it } from "vitest";
import { checkCase, showsThatAllHolds } from "../../../src/cli/rehearse/cases.ts";

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

  it.each([
    ["migrate#1/client SIGKILL/app1", false, undefined],
    ["deploy:lock#1, unsent/connection cut before/app1", false, undefined],
    ["migrate#1/disk full/app1", false, undefined],
    ["migrate#1/disk full/app1", true, "no fault is called disk full"],
    ["migrate#1/client SIGKIL/app1", false, 'Did you mean "client SIGKILL"?'],
    ["migrate#1/client SIGKILL/app2", false, "app2 is not played"],
    ["migrate#1/client SIGKILL", false, "STEP/FAULT/HOST"],
    ["", false, "STEP/FAULT/HOST"],
  ])("says of the case %j what is wrong with it, before it starts anything (--on-hosts: %j)", (wanted, onHosts, wrong) => {
    const check = (): void => checkCase({ case: wanted, onHosts } as never, [{ name: "app1" }]);
    if (wrong === undefined) return expect(check).not.toThrow();
    let said = "";
    try {
      check();
    } catch (error) {
      said = `${(error as Error).message} ${(error as { hint?: string }).hint}`;
    }
    expect(said).toContain(wrong);
  });
});
