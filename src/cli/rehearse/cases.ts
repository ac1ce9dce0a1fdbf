/** Which cases are played, and whether all is well after them. */
import { UsageError } from "../../errors.ts";
import type { Case, Played } from "../../rehearse/play.ts";
import { pickSample } from "../../rehearse/sample.ts";
import { caseName } from "../../rehearse/table.ts";
import { didYouMean } from "../../suggest.ts";
import type { Options } from "../argv/options.ts";

/** What a deployfile can do something about. The others are about `fake` itself: `npm run test:crash` plays them. */
export const FAULTS: readonly string[] = [
  "client SIGKILL",
  "client SIGINT",
  "connection cut before",
  "connection cut after",
  "command SIGKILL",
  "disk full",
];

/** Runs that nothing happened to show nothing: where all were such, a rehearsal in CI must not pass. */
export function showsThatAllHolds(played: readonly Pick<Played, "held" | "violations">[]): boolean {
  const crashed = played.filter(({ held }) => held);
  return crashed.length > 0 && crashed.every(({ violations }) => violations.length === 0);
}

/** What can be said of a case before anything is started: its steps are found by a clean run. @throws UsageError */
export function checkCase({ case: wanted, onHosts }: Options, hosts: readonly { readonly name: string }[]): void {
  if (wanted === undefined) return;
  const refuse = (what: string, hint: string | undefined): UsageError =>
    new UsageError("NO_CASE", `There is no case ${JSON.stringify(wanted)}: ${what}.`, { hint });
  const [, fault, host] = /^[^/].*?\/([^/]+)\/([^/]+)$/.exec(wanted) ?? [];
  if (fault === undefined || host === undefined)
    throw refuse("it has not the form STEP/FAULT/HOST", "A rehearsal prints the names of its cases.");
  const names = hosts.map(({ name }) => name);
  const there = FAULTS.filter((name) => !onHosts || name !== "disk full");
  if (!there.includes(fault)) throw refuse(`no fault is called ${fault}`, hintOf(fault, there));
  if (!names.includes(host)) throw refuse(`${host} is not played`, hintOf(host, names));
}

function hintOf(name: string, names: readonly string[]): string {
  const all = `There are: ${names.join(", ")}.`;
  const near = didYouMean(name, names);
  return near === undefined ? all : `${near} ${all}`;
}

export function pickCases(all: readonly Case[], { case: wanted, sample }: Options, seed: number): readonly Case[] {
  if (wanted === undefined) return sample === undefined ? all : pickSample(all, sample, seed);
  const found = all.filter((one) => caseName(one) === wanted);
  if (found.length > 0) return found;
  const like = all.find((one) => caseName(one).startsWith(wanted.split("/")[0] ?? ""));
  throw new UsageError("NO_CASE", `There is no case ${JSON.stringify(wanted)}.`, {
    hint:
      like === undefined ? "A rehearsal prints the names of its cases." : `There is ${JSON.stringify(caseName(like))}, for one.`,
  });
}

/** One after the other, until the minutes are over that it was given. @param started milliseconds of the clock */
export async function playInTime(
  cases: readonly Case[],
  { minutes = Number.POSITIVE_INFINITY }: Pick<Options, "minutes">,
  { started, now }: { readonly started: number; now(): number },
  play: (one: Case, index: number) => Promise<Played>,
): Promise<readonly Played[]> {
  const played: Played[] = [];
  for (const [index, one] of cases.entries()) {
    if (now() >= started + minutes * 60_000) break;
    played.push(await play(one, index));
  }
  return played;
}

export function tellPicked(
  cases: readonly Case[],
  all: readonly Case[],
  { case: wanted, sample }: Options,
  seed: number,
): string {
  if (wanted !== undefined) return "One is played again.";
  if (sample === undefined) return "All are played.";
  return `${cases.length} of ${all.length} are played, picked by --seed ${seed}.`;
}
