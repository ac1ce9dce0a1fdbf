import type { Fault } from "./faults.ts";
import { type Case, toCases } from "./play.ts";
import type { Scenario } from "./scenarios.ts";
import type { TakenStep } from "./steps.ts";

/** Faults that take seconds by their nature: silence, and what does not listen. */
function isSlow({ silent, deaf }: Fault): boolean {
  return silent === true || deaf === true;
}

/** That many cases, of as many faults as there are, each at another step, spread over the run: the same ones each time. */
export function pickSample(
  scenario: Scenario,
  steps: readonly TakenStep[],
  faults: readonly Fault[],
  size: number,
): readonly Case[] {
  const quick = faults.filter((fault) => !isSlow(fault));
  return Array.from({ length: size }, (_, index) => quick[Math.floor((index * quick.length) / size)]).flatMap((fault, index) => {
    const cases = fault === undefined ? [] : toCases(scenario, steps, [fault]);
    return cases[Math.floor((cases.length * (index + 0.5)) / size)] ?? [];
  });
}
