import type { ExitCode } from "../../errors.ts";
import type { Plan } from "../../graph/plan.ts";
import type { Run } from "../context/run.ts";
import type { HostRun } from "../machine/host-run.ts";
import { CONTROL_MACHINE } from "../machine/login.ts";
import { type Failed, toFailed } from "../record/failure.ts";
import type { HostResult, HostStatus, RunResult } from "../result.ts";

/** The outcome of a run as data. @param since when it began */
export function toRunResult(run: Run, plan: Plan, since: number): RunResult {
  const interrupted = interruption(run, plan);
  const failed = [...run.failures, ...run.leftOut, ...(interrupted === undefined ? [] : [interrupted])];
  const ok = failed.length === 0;
  const failedHosts = hostsThatFailed(failed);
  const statusOf = statuses(run, ok, failedHosts);
  const further = [...run.furtherRuns.values()].filter(({ touched }) => touched);
  const hosts = [...run.hostRuns.values(), ...further].map((host) => toHostResult(host, statusOf(host)));
  const { control } = run;
  if (control.changed.length > 0 || control.standing !== undefined) {
    hosts.push(toHostResult(control, failedHosts.has(control.id) ? "failed" : "ok"));
  }
  return Object.freeze({
    ok,
    exitCode: interrupted?.exitCode ?? toExitCode(failed, run.work.begun),
    hosts: Object.freeze(hosts),
    failures: Object.freeze(failed.map(({ failure }) => failure)),
    duration: run.now() - since,
    interrupted: run.stop.by,
    dryRun: run.dryRun,
  });
}

/** The interruption as a failure of what was asked for; undefined when there was none. */
export function interruption(run: Run, plan: Plan, flow?: string): Failed | undefined {
  const { reason } = run.stop;
  if (reason === undefined) return undefined;
  const where = { phase: "interrupt", host: CONTROL_MACHINE, task: plan.tasks.join(" "), flow, stopped: true } as const;
  const failed = toFailed(where, reason, run.redact);
  return { ...failed, failure: Object.freeze({ ...failed.failure, error: { ...failed.failure.error, stack: undefined } }) };
}

/** Not those where an interruption ended something. */
export function hostsThatFailed(failed: readonly Failed[]): ReadonlySet<string> {
  return new Set(failed.flatMap(({ failure: { stopped, host } }) => (stopped === true ? [] : host)));
}

/** What became of each host, told from what happened on it alone. @param ok nothing failed, and nobody interrupted it */
function statuses({ record, failures }: Run, ok: boolean, failedHosts: ReadonlySet<string>): (host: HostRun) => HostStatus {
  const toGo = record?.hostsToGo();
  const all = new Set(failures.map(({ failure }) => failure.host));
  return (host) => {
    if (host.unknown) return "unknown";
    // One that was lost behind all that was to be done on it is where it should be.
    if (host.lost !== undefined ? !ok || !host.reached : host.broken && !ok) return "unreachable";
    if (!host.touched) return "skipped";
    if (failedHosts.has(host.id)) return "failed";
    return toGo === undefined || toGo.has(host.id) || all.has(host.id) ? "unfinished" : "ok";
  };
}

function toHostResult({ id, changed, standing }: HostRun, status: HostStatus): HostResult {
  return Object.freeze({ host: id, status, changed: Object.freeze([...changed]), standing });
}

/** Codes that promise that nothing was changed hold only where no work began, and every failure agrees. */
function toExitCode(failed: readonly Failed[], workBegun: boolean): ExitCode {
  const codes = new Set(failed.map(({ exitCode }) => exitCode));
  const [only = 0] = codes;
  if (codes.size === 0) return 0;
  return codes.size === 1 && !workBegun && (only === 2 || only === 3) ? only : 1;
}
