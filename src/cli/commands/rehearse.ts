import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { neutralise } from "../../command/neutralise.ts";
import { quoteWord } from "../../command/quote.ts";
import { Secret } from "../../command/secret.ts";
import { InterruptedError, UsageError } from "../../errors.ts";
import { createProblemBook } from "../../prepare/problem-book.ts";
import { createCheckContext } from "../../rehearse/check-context.ts";
import { readDeployPath } from "../../rehearse/deploy-path.ts";
import { faultsOf } from "../../rehearse/faults.ts";
import { copyRepository } from "../../rehearse/local-repository.ts";
import { keepOutcome } from "../../rehearse/outcomes.ts";
import { type Case, type Played, play, toCases } from "../../rehearse/play.ts";
import { pickSample } from "../../rehearse/sample.ts";
import type { HostBefore, Scenario } from "../../rehearse/scene.ts";
import { findWhatCame, openSite, type Site } from "../../rehearse/site.ts";
import { findSteps } from "../../rehearse/steps.ts";
import { caseName, drawCases } from "../../rehearse/table.ts";
import { orAborted } from "../../wait.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import type { Options } from "../argv/options.ts";
import { findPackageRoot } from "../package/version.ts";
import { readDeployfile } from "../read-deployfile.ts";
import { localTasks } from "../redirect-app.ts";
import { type Rehearsed, readRehearsed } from "../rehearsed-app.ts";
import type { CliIo } from "../terminal/io.ts";

/** What a deployfile can do something about. The others are about `fake` itself: `npm run test:crash` plays them. */
const FAULTS = [
  "client SIGKILL",
  "client SIGINT",
  "connection cut before",
  "connection cut after",
  "command SIGKILL",
  "disk full",
];

/** Plays a flow on throwaway hosts, once without any fault and then with one at each step, and looks at what is left. */
export const runRehearse: VerbFunction = async (first, io) => {
  const started = io.now();
  checkMachine();
  checkOptions(first.options);
  const secrets: string[] = [];
  const learn = (secret: Secret | string): void => {
    const text = secret instanceof Secret ? secret.reveal() : secret;
    // What is short is in every output.
    if (text.length >= 6) secrets.push(text);
    io.redactor.add(secret);
  };
  const heard: CliIo = { ...io, redactor: Object.assign(Object.create(io.redactor), { add: learn }) };
  const book = createProblemBook();
  const read = await readDeployfile(first, heard, book);
  const { options } = read.invocation;
  const rehearsed = await readRehearsed(read, heard, book);
  const say = (text: string): void => io.stderr.write(`${neutralise(text)}\n`);
  const stop = new AbortController();
  const dispose = io.onSignal((signal) => stop.abort(new InterruptedError(signal)));
  let site: Site | undefined;
  try {
    site = await openSite({
      program: findProgram(),
      cwd: io.cwd,
      env: io.env,
      hosts: rehearsed.hosts,
      words: rehearsed.words,
      repository: (into) => copyRepository({ ...rehearsed.code, folder: dirname(read.app.path), given: options.repo, into }),
      byCommit: rehearsed.byCommit,
      commands: Object.assign({}, ...read.app.sealed.rehearsals.map(({ commands }) => commands)),
      files: Object.assign({}, ...read.app.sealed.rehearsals.map(({ files }) => files)),
      local: options.local,
      secrets,
      async check(host, before, moment) {
        const { roles = [] } = rehearsed.hosts.find(({ name }) => name === host.name) ?? {};
        for (const { check } of read.app.sealed.rehearsals) await check?.(createCheckContext(host, roles, before, moment));
      },
    });
    tellWhat(say, rehearsed, site, options.local ? [] : localTasks(read.app));
    const { scenario, steps } = await orAborted(playClean(site, rehearsed), stop.signal);
    const volumes = site.hosts.every(({ volume }) => volume !== undefined);
    const faults = faultsOf({ volumes, permissions: false }).faults.filter(({ name }) => FAULTS.includes(name));
    if (!volumes) say("  not played: disk full (this machine mounts no file system for it, or releases are too large)");
    const all = toCases(scenario, steps, faults);
    const seed = options.seed ?? 1 + Math.floor(Math.random() * 999_999);
    const cases = pickCases(all, options, seed);
    say(`  ${all.length} cases: ${steps.length} commands, ${faults.length} faults. ${tellPicked(cases, all, options, seed)}\n`);
    const kept = openKept(read.app.path, io);
    const until = options.minutes === undefined ? Number.POSITIVE_INFINITY : started + options.minutes * 60_000;
    const played: Played[] = [];
    for (const [index, one] of cases.entries()) {
      if (io.now() >= until) break;
      const result = await orAborted(play(site, one), stop.signal);
      played.push(result);
      kept.keep(result);
      say(`${index + 1}/${cases.length} ${caseName(one)}: ${toWords(result)}`);
    }
    const again = (one: Case): string => ["fake", "rehearse", ...rehearsed.again, "--case", quoteWord(caseName(one))].join(" ");
    const report: RehearsalReport = { scenario, hosts: rehearsed.hosts.map(({ name }) => name), all, cases, played, seed, again };
    if (options.json) io.stdout.write(`${JSON.stringify(toData(report), null, 2)}\n`);
    else io.stdout.write(neutralise(toText(report, kept.folder)));
    return showsThatAllHolds(played) ? 0 : 1;
  } finally {
    await site?.end();
    dispose();
  }
};

interface RehearsalReport {
  readonly scenario: Scenario;
  readonly hosts: readonly string[];
  readonly all: readonly Case[];
  readonly cases: readonly Case[];
  readonly played: readonly Played[];
  readonly seed: number;
  again(one: Case): string;
}

/** Runs without any fault, until the hosts have what a rehearsal begins with; then the flow itself. @throws FakeError when one fails */
async function playClean(site: Site, { flow }: Rehearsed) {
  await site.prepare();
  const before = site.hosts.map(
    ({ name, deployPath, variable }): HostBefore => ({ name, deployPath, variable, before: readDeployPath(deployPath) }),
  );
  if (flow.join(" ") !== "deploy") await site.runWell(flow, "clean run of the flow");
  const scenario: Scenario = { name: flow.join(" "), start: "live", words: flow, brings: "same" };
  const steps = await findSteps(site, scenario);
  for (const host of before) await site.check?.(host, { after: "fault", fault: undefined, step: undefined });
  return { scenario: { ...scenario, brings: findWhatCame(before) }, steps };
}

/** Runs that nothing happened to show nothing: where all were such, a rehearsal in CI must not pass. */
export function showsThatAllHolds(played: readonly Pick<Played, "held" | "violations">[]): boolean {
  const crashed = played.filter(({ held }) => held);
  return crashed.length > 0 && crashed.every(({ violations }) => violations.length === 0);
}

function pickCases(all: readonly Case[], { case: wanted, sample }: Options, seed: number): readonly Case[] {
  if (wanted === undefined) return sample === undefined ? all : pickSample(all, sample, seed);
  const found = all.filter((one) => caseName(one) === wanted);
  if (found.length > 0) return found;
  const like = all.find((one) => caseName(one).startsWith(wanted.split("/")[0] ?? ""));
  throw new UsageError("NO_CASE", `There is no case ${JSON.stringify(wanted)}.`, {
    hint:
      like === undefined ? "A rehearsal prints the names of its cases." : `There is ${JSON.stringify(caseName(like))}, for one.`,
  });
}

function tellPicked(cases: readonly Case[], all: readonly Case[], { case: wanted, sample }: Options, seed: number): string {
  if (wanted !== undefined) return "One is played again.";
  if (sample === undefined) return "All are played.";
  return `${cases.length} of ${all.length} are played, picked by --seed ${seed}.`;
}

function tellWhat(say: (text: string) => void, { flow, hosts, left }: Rehearsed, site: Site, skipped: readonly string[]): void {
  say(`Rehearsing ${flow.join(" ")} on throwaway hosts of this machine: ${hosts.map(({ name }) => name).join(", ")}`);
  if (left.length > 0) say(`  like these, and not played: ${left.join(", ")}`);
  say(`  code: ${site.what}`);
  if (skipped.length > 0) say(`  not run: the local tasks ${skipped.join(", ")} (--local runs them)`);
}

function toWords({ held, violations }: Played): string {
  if (!held) return "the run did not come to that step: nothing happened to it";
  return violations.length === 0 ? "ok" : violations.map(({ invariant, text }) => `\n    ${invariant}: ${text}`).join("");
}

function toText({ all, cases, played, seed, again }: RehearsalReport, folder: string): string {
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

function toData({ scenario, hosts, all, cases, played, seed, again }: RehearsalReport) {
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
function openKept(deployfile: string, io: CliIo) {
  const cache = io.env["XDG_CACHE_HOME"] || join(io.env["HOME"] ?? "", ".cache");
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

/** It goes with every verb that reads a deployfile; here it would be said in vain. @throws UsageError */
function checkOptions({ sshConfig }: Options): void {
  if (sshConfig === undefined) return;
  throw new UsageError(
    "REHEARSE_OPTIONS",
    "--ssh-config says nothing to a rehearsal: throwaway hosts have a configuration of their own.",
    {
      hint: "Leave it out.",
    },
  );
}

function findProgram(): string {
  const program = join(findPackageRoot(), "dist", "cli", "rehearsed.cjs");
  if (existsSync(program)) return program;
  throw new UsageError("NOT_BUILT", "A rehearsal runs the built package, and there is none here.", { hint: "npm run build" });
}

/** @throws UsageError where a throwaway host could not tell what a killed run left */
function checkMachine(): void {
  if (process.platform !== "linux")
    throw new UsageError("REHEARSE_MACHINE", "Throwaway hosts can be crashed on Linux only: they look at /proc.", {
      hint: "Rehearse in CI, or in a container.",
    });
  const missing = ["git", "tar", "flock", "mkfifo"].filter((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0);
  if (missing.length > 0)
    throw new UsageError("REHEARSE_MACHINE", `A rehearsal needs ${missing.join(", ")} on this machine.`, {
      hint: "Install it first.",
    });
}
