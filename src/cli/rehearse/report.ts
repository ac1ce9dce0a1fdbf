/** What a rehearsal says in the end, and what it keeps. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findHome } from "../../home.ts";
import { keepOutcome } from "../../rehearse/outcomes.ts";
import type { Case, Played } from "../../rehearse/play.ts";
import type { Scenario } from "../../rehearse/scene.ts";
import { caseName, drawCases } from "../../rehearse/table.ts";
import type { CliIo } from "../terminal/io.ts";

export interface RehearsalReport {
  readonly scenario: Scenario;
  readonly hosts: readonly string[];
  readonly all: readonly Case[];
  readonly cases: readonly Case[];
  readonly played: readonly Played[];
  readonly seed: number;
  again(one: Case): string;
}

export function toWords({ held, violations }: Played): string {
  if (!held) return "the run did not come to that step: nothing happened to it";
  return violations.length === 0 ? "ok" : violations.map(({ invariant, text }) => `\n    ${invariant}: ${text}`).join("");
}

export function toText({ all, cases, played, seed, again }: RehearsalReport, folder: string): string {
  const violated = played.filter(({ held, violations }) => held && violations.length > 0);
  const left = cases.length - played.length;
  const missed = played.filter(({ held }) => !held).length;
  const lines = [
    `\n${drawCases(all, played)}`,
    `${played.length} of ${all.length} cases were played (seed ${seed}), ${violated.length} violated something.`,
    ...(left > 0 ? [`Time is up: ${left} that were picked were not played.`] : []),
    ...(missed === played.length ? ["No run was crashed, which shows nothing: exit code 1."] : []),
    ...(missed > 0 ? [`${missed} did not come to their step: what they send differs from run to run.`] : []),
    ...violated.flatMap((one) => ["", `VIOLATED ${caseName(one.case)}${toWords(one)}`, `    again: ${again(one.case)}`]),
    ...(violated.length > 0 ? ["", `What these runs said is in ${folder}.`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

export function toData({ scenario, hosts, all, cases, played, seed, again }: RehearsalReport) {
  return {
    flow: scenario.name,
    hosts,
    seed,
    cases: all.length,
    picked: cases.length,
    notPlayed: cases.slice(played.length).map(caseName),
    played: played.map((one) => ({
      case: caseName(one.case),
      reached: one.held,
      exitCode: one.exitCode,
      standings: one.standings,
      violations: one.held ? one.violations : [],
      again: again(one.case),
    })),
  };
}

/** What was played last of this deployfile: one line for each case, and all that was said by a run that violated something. */
export function openKept(deployfile: string, io: CliIo) {
  const cache = io.env["XDG_CACHE_HOME"] || join(findHome(io.env), ".cache");
  const folder = join(cache, "fake-deploy", "rehearsals", deployfile.replaceAll(/[^A-Za-z0-9.-]+/g, "_").slice(-100));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    folder,
    keep(result: Played): void {
      keepOutcome(join(folder, "outcomes.jsonl"), result);
      if (result.violations.length === 0) return;
      const name = caseName(result.case).replaceAll(/[^A-Za-z0-9.-]+/g, "_");
      writeFileSync(join(folder, `${name}.txt`), `${caseName(result.case)}${toWords(result)}\n\n${result.said}`);
    },
  };
}
