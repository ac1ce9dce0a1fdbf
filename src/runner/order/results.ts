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
  const failedHosts = new Set(failed.map(({ failure }) => failure.host));
  const ok = failed.length === 0;
  const hosts = [...run.hostRuns.values()].map((host) => toHostResult(host, statusOf(host, ok, failedHosts)));
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
  const failed = toFailed({ phase: "interrupt", host: CONTROL_MACHINE, task: plan.tasks.join(" "), flow }, reason, run.redact);
  return { ...failed, failure: Object.freeze({ ...failed.failure, error: { ...failed.failure.error, stack: undefined } }) };
}

function statusOf(host: HostRun, ok: boolean, failedHosts: ReadonlySet<string>): HostStatus {
  if (host.unknown) return "unknown";
  if ((host.lost !== undefined || host.broken) && !ok) return "unreachable";
  if (host.notReached || (!ok && !host.touched)) return "skipped";
  return failedHosts.has(host.id) ? "failed" : "ok";
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
