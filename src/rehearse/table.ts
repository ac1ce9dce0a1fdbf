/** What came of the cases of a rehearsal, for people. */
import { drawColumns } from "../columns.ts";
import { type Case, type Played, stepName } from "./play.ts";

/** `deploy:lock#1, unsent/client SIGKILL/app1`: the same in each rehearsal of the same deployfile. */
export function caseName({ step, at, fault }: Case): string {
  return `${stepName(step)}${at === "border" ? ", unsent" : ""}/${fault.name}/${step.host}`;
}

/** Steps down, faults across: how many runs held what is promised. */
export function drawCases(cases: readonly Case[], played: readonly Played[]): string {
  const steps = [...new Set(cases.map(({ step }) => stepName(step)))];
  const faults = [...new Set(cases.map(({ fault }) => fault.name))];
  const rows = steps.map((step) => [
    step,
    ...faults.map((fault) => {
      const isHere = (one: Case): boolean => stepName(one.step) === step && one.fault.name === fault;
      return toCell(
        cases.some(isHere),
        played.filter((one) => isHere(one.case)),
      );
    }),
  ]);
  return drawColumns([["STEP", ...faults.map((fault) => fault.toUpperCase())], ...rows]);
}

function toCell(isThere: boolean, all: readonly Played[]): string {
  const played = all.filter(({ held }) => held);
  if (played.length === 0) return isThere ? "." : "";
  const violated = played.filter(({ violations }) => violations.length > 0).length;
  return violated === 0 ? `${played.length} ok` : `${violated} of ${played.length} VIOLATED`;
}
