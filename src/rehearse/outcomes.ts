/** What came of cases, kept in a file: a line of JSON for each, so that a harness that is ended has lost nothing. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { type Case, nameOf, type Played } from "./play.ts";

type KeptOutcome = Omit<Played, "case" | "said"> & { readonly name: string };

export function keepOutcome(file: string, { case: one, held, exitCode, standings, violations }: Played): void {
  const outcome: KeptOutcome = { name: nameOf(one), held, exitCode, standings, violations };
  appendFileSync(file, `${JSON.stringify(outcome)}\n`);
}

/** Of cases that went well. */
export function readOutcomes(file: string, all: readonly Case[]): readonly Played[] {
  const cases = new Map(all.map((one) => [nameOf(one), one]));
  const played = new Map<Case, Played>();
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  for (const line of lines) {
    const { name, ...outcome } = JSON.parse(line) as KeptOutcome;
    const one = cases.get(name);
    if (one !== undefined && outcome.violations.length === 0) played.set(one, { ...outcome, case: one, said: "" });
  }
  return [...played.values()];
}
