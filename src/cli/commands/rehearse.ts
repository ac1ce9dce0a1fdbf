import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { neutralise } from "../../command/neutralise.ts";
import { quoteWord } from "../../command/quote.ts";
import { Secret } from "../../command/secret.ts";
import { FakeError, formatLocation, InterruptedError, ProblemsError, toError, UsageError } from "../../errors.ts";
import { createProblemBook } from "../../prepare/problem-book.ts";
import { createCheckContext } from "../../rehearse/check-context.ts";
import { faultsOf } from "../../rehearse/faults.ts";
import { copyRepository } from "../../rehearse/local-repository.ts";
import { type Case, play, toBefore, toCases } from "../../rehearse/play.ts";
import { openRealHosts } from "../../rehearse/real-hosts.ts";
import type { Scenario } from "../../rehearse/scene.ts";
import { findWhatCame, openSite, type Site, type SiteCode, type SiteHosts } from "../../rehearse/site.ts";
import { findSteps } from "../../rehearse/steps.ts";
import { caseName } from "../../rehearse/table.ts";
import { openThrowawayHosts } from "../../rehearse/throwaway-hosts.ts";
import { displayPath, whereOf } from "../../source-location.ts";
import { orAborted } from "../../wait.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import type { Options } from "../argv/options.ts";
import { findPackageRoot } from "../package/version.ts";
import { readDeployfile } from "../read-deployfile.ts";
import { localTasks } from "../redirect-app.ts";
import { checkCase, FAULTS, pickCases, playInTime, showsThatAllHolds, tellPicked } from "../rehearse/cases.ts";
import { confirmRealHosts, findRealHosts } from "../rehearse/real-hosts.ts";
import { openKept, type RehearsalReport, toData, toText, toWords } from "../rehearse/report.ts";
import { type Rehearsed, readRehearsed } from "../rehearsed-app.ts";
import { withSshConfig } from "../ssh-config.ts";
import type { CliIo } from "../terminal/io.ts";

/** Plays a flow on throwaway hosts, or in a scratch folder of the real ones, once without any fault and then with one at each step, and looks at what is left. */
export const runRehearse: VerbFunction = async (first, io) => {
  const started = io.now();
  if (!first.options.onHosts) checkMachine();
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
  checkCase(options, rehearsed.hosts);
  const say = (text: string): void => io.stderr.write(`${neutralise(text)}\n`);
  const stop = new AbortController();
  const dispose = io.onSignal((signal) => stop.abort(new InterruptedError(signal)));
  let site: Site | undefined;
  let real: Awaited<ReturnType<typeof findRealHosts>> | undefined;
  try {
    const commands = Object.assign({}, ...read.app.sealed.rehearsals.map((one) => one.commands));
    const files = Object.assign({}, ...read.app.sealed.rehearsals.map((one) => one.files));
    const { hosts, code } = rehearsed;
    const program = findProgram();
    const openHosts = async (folder: string): Promise<SiteHosts> =>
      real === undefined
        ? await openThrowawayHosts(folder, { hosts, program, path: io.env["PATH"] ?? "/usr/bin:/bin", commands, files })
        : await openRealHosts(folder, { ...real, commands, files, say });
    if (options.onHosts) {
      const request = { ...rehearsed, app: read.app, options: await withSshConfig(options, io, read.app, rehearsed.target) };
      real = await findRealHosts(request, io);
      await confirmRealHosts(request, real.hosts, io);
    }
    const where = { ...code, folder: dirname(read.app.path), given: options.repo };
    const isElsewhere = options.onHosts || (!rehearsed.byCommit && code.url === undefined && options.repo === undefined);
    site = await openSite({
      ...{ program, cwd: io.cwd, env: io.env, words: rehearsed.words, byCommit: rehearsed.byCommit },
      ...{ local: options.local, secrets, openHosts },
      openCode: (folder) =>
        isElsewhere ? sameCode(rehearsed) : copyRepository({ ...where, into: join(folder, "repository.git") }),
      async check(host, before, moment) {
        const { roles = [] } = hosts.find(({ name }) => name === host.name) ?? {};
        for (const { check } of read.app.sealed.rehearsals)
          await atItsLine(async () => check?.(createCheckContext(host, roles, before, moment)), io.cwd);
      },
    });
    tellWhat(say, rehearsed, site, options);
    const skipped = options.local ? [] : localTasks(read.app);
    if (skipped.length > 0) say(`  not run: the local tasks ${skipped.join(", ")} (--local runs them)`);
    const { scenario, steps } = await orAborted(playClean(site, rehearsed), stop.signal);
    const volumes = site.hosts.every(({ volume }) => volume !== undefined);
    const faults = faultsOf({ volumes, permissions: false }).faults.filter(({ name }) => FAULTS.includes(name));
    if (options.onHosts) say("  not played: disk full (a real host may have something else on that disk)");
    else if (!volumes) say("  not played: disk full (this machine mounts no file system for it, or releases are too large)");
    const all = toCases(scenario, steps, faults);
    const seed = options.seed ?? 1 + Math.floor(Math.random() * 999_999);
    const cases = pickCases(all, options, seed);
    say(`  ${all.length} cases: ${steps.length} commands, ${faults.length} faults. ${tellPicked(cases, all, options, seed)}\n`);
    const kept = openKept(read.app.path, io);
    const opened = site;
    const played = await playInTime(cases, options, { started, now: io.now }, async (one, index) => {
      const result = await orAborted(play(opened, one), stop.signal);
      kept.keep(result);
      say(`${index + 1}/${cases.length} ${caseName(one)}: ${toWords(result)}`);
      if (result.held && result.violations.length > 0) await opened.keepFound();
      return result;
    });
    const again = (one: Case): string => ["fake", "rehearse", ...rehearsed.again, "--case", quoteWord(caseName(one))].join(" ");
    const report: RehearsalReport = { scenario, hosts: hosts.map(({ name }) => name), all, cases, played, seed, again };
    if (options.json) io.stdout.write(`${JSON.stringify(toData(report), null, 2)}\n`);
    else io.stdout.write(neutralise(toText(report, kept.folder)));
    return showsThatAllHolds(played) ? 0 : 1;
  } finally {
    await site?.end();
    await real?.close();
    dispose();
  }
};

/** Runs without any fault, until the hosts have what a rehearsal begins with; then the flow itself. @throws FakeError when one fails */
async function playClean(site: Site, { flow }: Rehearsed) {
  await site.prepare();
  const before = site.hosts.map(toBefore);
  if (flow.join(" ") !== "deploy") await site.runWell(flow, "clean run of the flow");
  const scenario: Scenario = { name: flow.join(" "), start: "live", words: flow, brings: "same" };
  const steps = await findSteps(site, scenario);
  for (const host of before) {
    try {
      await site.check?.(host, { after: "fault", fault: undefined, step: undefined });
    } catch (error) {
      throw new FakeError(
        "CHECK_FAILED",
        `On ${host.name}, the check of the deployfile fails without any fault: ${toError(error).message}`,
        {
          hint: "Put that right first: what fails on a clean run says nothing about a crashed one.",
        },
      );
    }
  }
  return { scenario: { ...scenario, brings: findWhatCame(before) }, steps };
}

/** What a check throws says where it was thrown. */
async function atItsLine(check: () => Promise<unknown>, cwd: string): Promise<void> {
  try {
    await check();
  } catch (thrown) {
    const error = toError(thrown);
    const where = whereOf(error);
    throw where === undefined
      ? error
      : new Error(`${error.message} (${formatLocation({ ...where, file: displayPath(where.file, cwd) })})`);
  }
}

/** Hosts get what they would get, again and again; of a repository, the commit that is there first. */
function sameCode({ code: { ref }, byCommit }: Rehearsed): SiteCode {
  return {
    what: byCommit ? `${ref}, from its repository` : "what the deployfile's own strategy brings",
    commit: () => undefined,
    settings: (head) => [...(byCommit ? [`branch=${head ?? ref}`] : []), "skipSame=false"],
  };
}

function tellWhat(say: (text: string) => void, { flow, hosts, left }: Rehearsed, site: Site, { onHosts }: Options): void {
  const names = hosts.map(({ name }) => name).join(", ");
  say(
    onHosts
      ? "  nothing else of these hosts is deployed to"
      : `Rehearsing ${flow.join(" ")} on throwaway hosts of this machine: ${names}`,
  );
  if (left.length > 0) say(`  like these, and not played: ${left.join(", ")}`);
  say(`  code: ${site.what}`);
}

/** What would be said in vain. @throws ProblemsError */
function checkOptions({ sshConfig, hostKeys, onHosts, scratch, repo }: Options): void {
  const vain: readonly (readonly [boolean, string, string])[] = [
    [!onHosts && sshConfig !== undefined, "--ssh-config", "throwaway hosts have a configuration of their own"],
    [!onHosts && hostKeys !== undefined, "--host-keys", "those of throwaway hosts are known"],
    [
      !onHosts && scratch !== undefined,
      "--scratch",
      "it is about the hosts of --on-hosts, and throwaway hosts have no other folder",
    ],
    [onHosts && repo !== undefined, "--repo", "real hosts get their code from where they always do"],
  ];
  const problems = vain.flatMap(([isVain, name, why]) =>
    isVain ? [{ message: `${name} says nothing to this rehearsal: ${why}.`, subject: name.slice(2), hint: "Leave it out." }] : [],
  );
  if (problems.length > 0) throw new ProblemsError("REHEARSE_OPTIONS", problems);
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
