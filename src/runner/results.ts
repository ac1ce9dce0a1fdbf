import type { ExitCode } from "../errors.ts";
import type { Plan } from "../graph/plan.ts";
import type { TaskBody } from "./context.ts";
import { interruption } from "./interruption.ts";
import type { Failed } from "./ledger.ts";
import type { HostResult, HostStatus, RunResult } from "./result.ts";
import type { Running } from "./running.ts";
import type { Session } from "./session.ts";

/** The outcome of a run as data. @param since when it began */
export function toRunResult(running: Running, plan: Plan<TaskBody>, since: number): RunResult {
  const interrupted = interruption(running, { plan, flow: undefined });
  const failed = [...running.ledger.own, ...running.leftOut.own, ...(interrupted === undefined ? [] : [interrupted])];
  const failedHosts = new Set(failed.map(({ failure }) => failure.host));
  const ok = failed.length === 0;
  const hosts = [...running.sessions.values()].map((session) => toHostResult(session, statusOf(session, ok, failedHosts)));
  const { control } = running;
  if (control.changed.length > 0 || control.standing !== undefined) {
    hosts.push(toHostResult(control, failedHosts.has(control.id) ? "failed" : "ok"));
  }
  return Object.freeze({
    ok,
    exitCode: toExitCode(failed, interrupted),
    hosts: Object.freeze(hosts),
    failures: Object.freeze(failed.map(({ failure }) => failure)),
    duration: running.deps.now() - since,
    interrupted: running.stop.signal,
    dryRun: running.deps.options.dryRun,
  });
}

function statusOf(session: Session, ok: boolean, failedHosts: ReadonlySet<string>): HostStatus {
  if (session.unknown) return "unknown";
  if ((session.lost !== undefined || session.broken) && !ok) return "unreachable";
  if (session.notReached || (!ok && !session.touched)) return "skipped";
  return failedHosts.has(session.id) ? "failed" : "ok";
}

function toHostResult({ id, changed, standing }: Session, status: HostStatus): HostResult {
  return Object.freeze({ host: id, status, changed: Object.freeze([...changed]), standing });
}

/** Codes that promise something about the hosts hold only when every failure agrees. */
function toExitCode(failed: readonly Failed[], interrupted: Failed | undefined): ExitCode {
  if (interrupted !== undefined) return interrupted.exitCode;
  const codes = new Set(failed.map(({ exitCode }) => exitCode));
  const [only = 0] = codes;
  return codes.size === 0 ? 0 : codes.size === 1 && (only === 2 || only === 3) ? only : 1;
}
