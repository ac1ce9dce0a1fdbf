import { setMaxListeners } from "node:events";
import { ConnectError } from "../../errors.ts";
import type { Plan } from "../../graph/plan.ts";
import { onAbort, orAborted } from "../../wait.ts";
import type { Run } from "../context/run.ts";
import type { HostRun } from "../machine/host-run.ts";
import { toFailed } from "../record/failure.ts";
import type { FailurePhase } from "../result.ts";

/**
 * Connects to all hosts at once, and meanwhile resolves the settings that must be there before the first command is sent.
 * A setting that cannot be resolved ends the connecting. Never throws: failures are kept; with `skipUnreachable` those of
 * hosts that cannot be reached are left out, unless that is all of them. @returns true when the run may go on
 */
export async function connectAll(run: Run, plan: Plan): Promise<boolean> {
  const busy = new Set(plan.sections.flatMap(({ steps }) => steps.flatMap(({ hosts }) => hosts)));
  const hosts = [...run.hostRuns.values()];
  const connecting = hosts.filter(({ id }) => busy.has(id));
  const ending = new AbortController();
  setMaxListeners(0, ending.signal);
  onAbort(run.stop.at(1), () => ending.abort(run.stop.at(1).reason));

  const connections = Promise.allSettled(connecting.map((host) => host.connection(ending.signal)));
  const values = await prefetch(run, plan, connecting.length > 0 ? connecting : hosts, ending);
  const unreached = (await connections).flatMap((one, at) =>
    one.status === "rejected" ? [{ host: connecting[at]?.id ?? "", error: one.reason as unknown }] : [],
  );
  const mayGoOn =
    unreached.length === 0 ||
    (run.skipUnreachable === true &&
      unreached.length < connecting.length &&
      unreached.every(({ error }) => isUnreachable(error)));
  const goesOn = values && mayGoOn && !ending.signal.aborted;
  for (const { host, error } of unreached) {
    if (goesOn) leaveOut(run, host, error);
    else if (error !== ending.signal.reason)
      run.failures.push(toFailed({ phase: phaseOf(error), host, task: "connect" }, error, run.redact));
  }
  return goesOn;
}

/** Nobody answers there. What answers, and cannot be trusted or logged in to, is looked at by a person first. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  "AUTH_TIMEOUT",
  "CONNECTION_REFUSED",
  "CONNECT_FAILED",
  "CONNECT_TIMEOUT",
  "HANDSHAKE_TIMEOUT",
  "HOST_NOT_FOUND",
  "HOST_UNREACHABLE",
  "LOGIN_HANGS",
  "NAME_SERVER_SILENT",
  "SERVER_BUSY",
]);

/** What is no ConnectError was never tried: how to log in could not be found out. */
function phaseOf(error: unknown): FailurePhase {
  return error instanceof ConnectError ? "connect" : "settings";
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ConnectError && meansUnreachable(error.code);
}

/** Of the code of an error with which a host was not connected to. */
export function meansUnreachable(code: string | undefined): boolean {
  return code !== undefined && UNREACHABLE.has(code);
}

/** The run succeeds only where all hosts are: what it promises with another exit code does not hold. */
function leaveOut(run: Run, host: string, thrown: unknown): void {
  const failed = toFailed({ phase: "connect", host, task: "connect" }, thrown, run.redact);
  run.leftOut.push({ ...failed, exitCode: 1 });
  const text = `The run goes on without this host. ${failed.failure.error.message}`;
  run.emit({ kind: "message", level: "warn", host, task: undefined, text });
}

/** One failure for each error: hosts that share a setting share its error. All settings are awaited, so that all errors are seen. */
async function prefetch(run: Run, plan: Plan, hosts: readonly HostRun[], ending: AbortController): Promise<boolean> {
  if (plan.prefetch.length === 0) return true;
  const since = run.now();
  const interrupted = run.stop.at(1);
  const resolve = async ({ id, env }: HostRun, key: string): Promise<readonly (readonly [unknown, string])[]> => {
    try {
      await orAborted(env.get(key), interrupted);
      return [];
    } catch (error) {
      if (interrupted.aborted) return [];
      ending.abort(error);
      return [[error, id]];
    }
  };
  const told = await Promise.all(plan.prefetch.flatMap((key) => hosts.map((host) => resolve(host, key))));
  /** The first host with each error: first in their order, not in time. */
  const failed = new Map<unknown, string>();
  for (const [error, host] of told.flat()) if (!failed.has(error)) failed.set(error, host);
  run.emit({ kind: "settingsResolved", keys: plan.prefetch, duration: run.now() - since });
  for (const [error, host] of failed)
    run.failures.push(toFailed({ phase: "settings", host, task: "settings" }, error, run.redact));
  return failed.size === 0;
}
