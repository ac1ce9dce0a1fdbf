/** What came of many cases, folded: for each scenario, each fault and each stage, how many runs left the hosts where. */
import { FAULTS } from "./faults.ts";
import type { Played } from "./play.ts";

/** How many runs left all hosts as they were, all on the new release, or some of them there; and how many violated something. */
export interface Count {
  readonly before: number;
  readonly after: number;
  readonly mixed: number;
  readonly violations: number;
}

export interface Row {
  readonly fault: string;
  /** In the order of the stages; undefined where the fault was not played. */
  readonly counts: readonly (Count | undefined)[];
}

export interface Matrix {
  readonly scenario: string;
  readonly stages: readonly string[];
  readonly rows: readonly Row[];
}

const NOTHING: Count = { before: 0, after: 0, mixed: 0, violations: 0 };

/** One matrix for each scenario, in the order in which they were played. */
export function toMatrices(played: readonly Played[]): readonly Matrix[] {
  const scenarios = [...new Set(played.map((one) => one.case.scenario.name))];
  return scenarios.map((scenario) => {
    const own = played.filter((one) => one.case.scenario.name === scenario);
    const stages = [...new Set(own.map((one) => shortStage(one)))];
    const names = FAULTS.map(({ name }) => name).filter((name) => own.some((one) => one.case.fault.name === name));
    const rows = names.map((fault): Row => {
      const ofFault = own.filter((one) => one.case.fault.name === fault);
      return { fault, counts: stages.map((stage) => countAll(ofFault.filter((one) => shortStage(one) === stage))) };
    });
    return { scenario, stages, rows };
  });
}

/** All counts of a row together. */
export function sumOf(counts: readonly (Count | undefined)[]): Count {
  return counts.reduce<Count>((sum, count = NOTHING) => add(sum, count), NOTHING);
}

export function runsOf({ before, after, mixed }: Count): number {
  return before + after + mixed;
}

function shortStage({ case: { step } }: Played): string {
  return step.stage.startsWith("always: ") ? "always" : step.stage.replace(/^deploy:/, "");
}

function countAll(played: readonly Played[]): Count | undefined {
  return played.length === 0 ? undefined : played.map(countOne).reduce(add, NOTHING);
}

function countOne({ case: one, standings, violations }: Played): Count {
  const isAfter = standings.every((standing) => standing === "new");
  const isBefore = standings.every((standing) => standing === (one.scenario.start === "nothing" ? "none" : "old"));
  return {
    before: isBefore ? 1 : 0,
    after: isAfter ? 1 : 0,
    mixed: isBefore || isAfter ? 0 : 1,
    violations: violations.length > 0 ? 1 : 0,
  };
}

function add(left: Count, right: Count): Count {
  return {
    before: left.before + right.before,
    after: left.after + right.after,
    mixed: left.mixed + right.mixed,
    violations: left.violations + right.violations,
  };
}
