import { describe, expect, it } from "vitest";
import { checkCase, playInTime, showsThatAllHolds } from "../../../src/cli/rehearse/cases.ts";
import { toData, toText } from "../../../src/cli/rehearse/report.ts";
import type { Case, Played } from "../../../src/rehearse/play.ts";

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

  it("begins no case after its minutes, and says which were left", async () => {
    const step = { task: "build", label: "build", host: "app1", turn: 1, stage: "deploy:updating", isFirst: true };
    const fault = { name: "client SIGKILL" };
    const cases = [1, 2, 3, 4].map((number) => ({ step: { ...step, number }, fault, at: "before" })) as never as readonly Case[];
    let time = 1000;
    const playFor = (minutes: number | undefined): Promise<readonly Played[]> => {
      time = 1000;
      return playInTime(cases, { minutes }, { started: 1000, now: () => time }, async (one) => {
        time += 30_000;
        return { case: one, held: true, exitCode: 1, standings: ["new"], violations: [], said: "" };
      });
    };
    expect((await playFor(undefined)).map((one) => one.case)).toEqual(cases);
    const played = await playFor(1);
    expect(played.map((one) => one.case)).toEqual(cases.slice(0, 2));
    const scenario = { name: "deploy", start: "live", words: ["deploy"], brings: "new" } as const;
    const report = { scenario, hosts: ["app1"], all: cases, cases, played, seed: 1, again: () => "fake" };
    expect(toData(report).notPlayed).toEqual(["build#3/client SIGKILL/app1", "build#4/client SIGKILL/app1"]);
    expect(toText(report, "/kept")).toContain("Time is up: 2 that were picked were not played.");
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
