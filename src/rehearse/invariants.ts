/**
 * What must hold after anything that can happen to a run, the eight invariants:
 * I1 `current` is absent or a link to a complete release; I2 that is the old or the new one; I3 a following plain deploy succeeds;
 * I4 a following rollback reaches the last good release; I5 the lock is free or provably stale; I6 the exit code tells whether
 * all hosts are on the target; I7 no secret in any output; I8 no process is left on a host. And what a run says is so.
 */
import { toError } from "../errors.ts";
import { readDeployPath, readRecords } from "./deploy-path.ts";
import { endAll, findOrphans } from "./host-processes.ts";
import type { ClientOutcome } from "./run-client.ts";
import type { HostBefore } from "./scene.ts";
import { findUntold } from "./told-standing.ts";

export type InvariantName = "I1" | "I2" | "I3" | "I4" | "I5" | "I6" | "I7" | "I8" | "said" | "ended" | "check";

export interface Violation {
  readonly invariant: InvariantName;
  readonly text: string;
}

export interface CheckedRun {
  readonly outcome: ClientOutcome;
  /** Its log file, and whatever else it wrote here. */
  readonly logs: readonly string[];
  /** The exit code that an interruption has. Undefined: it was not interrupted. Null: it was killed, and says nothing. */
  readonly interrupted: number | undefined | null;
}

export interface InvariantOptions {
  readonly hosts: readonly HostBefore[];
  readonly run: CheckedRun;
  /** True for the release that the run was to bring. */
  readonly isTarget: (host: HostBefore, id: string) => boolean;
  /** It is to say where hosts stand, when it fails: what publishes nothing has nothing to say of it. @default true */
  readonly publishes?: boolean;
  /** What is missing or wrong in a release; undefined for a complete one. */
  readonly findFault: (host: HostBefore, id: string) => string | undefined;
  readonly secrets: readonly string[];
  /** Milliseconds in which what the run left on a host must have ended. */
  readonly grace: number;
  /** Called before hosts are looked at. @default nothing is to be done */
  readonly look?: (() => Promise<void>) | undefined;
  /** Runs `fake` again. `unlock` is the manual step that should not be needed. */
  readonly again: (what: "deploy" | "rollback" | "unlock") => Promise<ClientOutcome>;
  /** True for a release that a deploy after the run is to bring. */
  readonly isNewest: (host: HostBefore, id: string) => boolean;
  /** What else must hold. @throws where it does not */
  readonly check?: ((host: HostBefore, after: "fault" | "deploy") => Promise<void>) | undefined;
}

/** Where a host stands after a run. */
export type Standing = "old" | "new" | "none" | "wrong";

export interface InvariantReport {
  readonly violations: readonly Violation[];
  /** By host, before the following deploy. */
  readonly standings: readonly Standing[];
}

/** Looks at everything, and runs `fake` again: for what was violated, in the order in which it shows. */
export async function checkInvariants(given: InvariantOptions): Promise<InvariantReport> {
  const { hosts, look = async () => undefined } = given;
  const again: InvariantOptions["again"] = async (what) => {
    const outcome = await given.again(what);
    await look();
    return outcome;
  };
  const options = { ...given, again };
  const orphans = await checkProcesses(options);
  // What the run had left may have changed something until now.
  await look();
  const standings = hosts.map((host) => standingOf(options, host));
  const violations = [
    ...orphans,
    ...hosts.flatMap((host) => checkCurrent(options, host)),
    ...checkExit(options, standings),
    ...checkWords(options),
  ];
  const lastGood = findLastGood(options, standings);
  violations.push(...(await checkOwn(options, "fault")));
  violations.push(...(await checkDeploy(options)));
  violations.push(...(await checkOwn(options, "deploy")));
  if (lastGood !== undefined) violations.push(...(await checkRollback(options, lastGood)));
  // Again at the end: later runs print what the first one left.
  violations.push(...checkRecords(options));
  return { violations, standings };
}

async function checkOwn({ hosts, check }: InvariantOptions, after: "fault" | "deploy"): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const host of check === undefined ? [] : hosts) {
    try {
      await check?.(host, after);
    } catch (error) {
      const when = after === "fault" ? "after the run" : "after the next deploy";
      violations.push(violation("check", `${toError(error).message} (${host.name}, ${when})`));
    }
  }
  return violations;
}

function standingOf(options: InvariantOptions, host: HostBefore): Standing {
  const { current } = readDeployPath(host.deployPath);
  if (current.kind === "strange") return "wrong";
  if (current.kind === "none") return "none";
  if (options.isTarget(host, current.id)) return "new";
  return host.before.current.kind === "release" && host.before.current.id === current.id ? "old" : "wrong";
}

function checkCurrent(options: InvariantOptions, host: HostBefore): Violation[] {
  const { current } = readDeployPath(host.deployPath);
  const { before } = host;
  if (current.kind === "strange") return [violation("I1", `current ${current.what} on ${host.name}`)];
  if (current.kind === "none")
    return before.current.kind === "none" ? [] : [violation("I2", `nothing is live on ${host.name} where something was`)];
  const fault = options.findFault(host, current.id);
  return [
    ...(fault === undefined ? [] : [violation("I1", `the live release ${current.id} on ${host.name} is not complete: ${fault}`)]),
    ...(standingOf(options, host) === "wrong"
      ? [violation("I2", `${current.id} on ${host.name} is neither the release before nor the one of the run`)]
      : []),
  ];
}

function checkExit({ run }: InvariantOptions, standings: readonly Standing[]): Violation[] {
  const { exitCode, signal } = run.outcome;
  if (run.interrupted === null)
    return signal === "SIGKILL" ? [] : [violation("I6", `exit code ${exitCode} of a run that was killed`)];
  if (signal !== null) return [violation("I6", `the run ended by ${signal}`)];
  if (run.interrupted !== undefined)
    return exitCode === run.interrupted
      ? []
      : [violation("I6", `exit code ${exitCode} of a run that was interrupted, which is ${run.interrupted}`)];
  const isThere = standings.every((standing) => standing === "new");
  if (exitCode === 0 && !isThere) return [violation("I6", `exit code 0, and the hosts are on ${standings.join(" and ")}`)];
  return [];
}

/** What a run that did not succeed says: no stack, no riddle, and of each host where it stands. */
function checkWords({ run, hosts, publishes = true }: InvariantOptions): Violation[] {
  const { stdout, stderr, exitCode } = run.outcome;
  const text = stdout + stderr;
  const stack = /^\s+at .*[:(]\d+:\d+\)?$/m.exec(text) ?? /thrown where nobody waits|can never come/.exec(text);
  const found = stack === null ? [] : [violation("said", `a stack trace or a crash: ${stack[0].trim()}`)];
  if (run.interrupted === null || exitCode === 0) return found;
  return [...found, ...hosts.flatMap((host) => findUntold(text, host, publishes).map((what) => violation("said", what)))];
}

/** What is left is ended, so that the rest can be looked at. */
async function checkProcesses({ hosts, grace }: InvariantOptions): Promise<Violation[]> {
  const found = await Promise.all(hosts.map(async (host) => ({ host, orphans: await findOrphans(host, grace) })));
  await Promise.all(found.filter(({ orphans }) => orphans.length > 0).map(({ host }) => endAll(host)));
  return found.flatMap(({ host, orphans }) =>
    orphans.length === 0
      ? []
      : [violation("I8", `still runs on ${host.name}: ${orphans.map(({ pid, command }) => `${pid} ${command}`).join(", ")}`)],
  );
}

/** The release that a rollback after one more deploy goes to; undefined when nothing good was there. */
function findLastGood({ hosts }: InvariantOptions, standings: readonly Standing[]): string | undefined {
  const live = hosts.map(({ deployPath }) => readDeployPath(deployPath).current);
  const ids = live.map((current) => (current.kind === "release" ? current.id : ""));
  if (standings.includes("wrong") || ids.includes("")) return undefined;
  // On different releases, only the older one is good on all.
  return ids.toSorted()[0];
}

async function checkDeploy({ hosts, again, isNewest, findFault }: InvariantOptions): Promise<Violation[]> {
  const violations: Violation[] = [];
  let outcome = await again("deploy");
  if (outcome.exitCode === 3) {
    violations.push(violation("I5", `the lock is not free: ${tail(outcome)}`));
    await again("unlock");
    outcome = await again("deploy");
  }
  if (outcome.exitCode !== 0)
    return [...violations, violation("I3", `the next deploy fails with exit code ${outcome.exitCode}: ${tail(outcome)}`)];
  const live = hosts.map((host) => ({ host, state: readDeployPath(host.deployPath) }));
  for (const { host, state } of live) {
    const id = state.current.kind === "release" ? state.current.id : "";
    const fault = id === "" ? "nothing is live" : findFault(host, id);
    if (fault !== undefined) violations.push(violation("I3", `after the next deploy, on ${host.name}: ${fault}`));
    else if (!isNewest(host, id)) violations.push(violation("I3", `the next deploy did not bring its commit to ${host.name}`));
    if (state.locked) violations.push(violation("I5", `the next deploy has left its lock on ${host.name}`));
  }
  return violations;
}

async function checkRollback({ hosts, again, findFault }: InvariantOptions, lastGood: string): Promise<Violation[]> {
  const outcome = await again("rollback");
  if (outcome.exitCode !== 0) return [violation("I4", `a rollback fails with exit code ${outcome.exitCode}: ${tail(outcome)}`)];
  return hosts.flatMap((host) => {
    const { current } = readDeployPath(host.deployPath);
    const id = current.kind === "release" ? current.id : "nothing";
    if (id !== lastGood)
      return [violation("I4", `a rollback brings ${host.name} to ${id}, and ${lastGood} was the last good one`)];
    const fault = findFault(host, id);
    return fault === undefined
      ? []
      : [violation("I4", `a rollback brings ${host.name} to ${id}, which is not complete: ${fault}`)];
  });
}

function checkRecords({ hosts, run, secrets }: InvariantOptions): Violation[] {
  const { stdout, stderr } = run.outcome;
  const texts = new Map([
    ["stdout", stdout],
    ["stderr", stderr],
    ...run.logs.map((text, index): [string, string] => [`log ${index + 1}`, text]),
  ]);
  for (const { name, deployPath } of hosts)
    for (const [file, text] of readRecords(deployPath)) texts.set(`${file} on ${name}`, text);
  const forms = secrets.flatMap((secret) => [secret, Buffer.from(secret).toString("base64").replace(/=+$/, "")]);
  return [...texts].flatMap(([where, text]) =>
    forms.some((form) => text.includes(form)) ? [violation("I7", `a secret is in ${where}`)] : [],
  );
}

function violation(invariant: InvariantName, text: string): Violation {
  return { invariant, text };
}

function tail({ stdout, stderr }: ClientOutcome): string {
  return `${stdout}${stderr}`.trim().split("\n").slice(-12).join(" / ");
}
