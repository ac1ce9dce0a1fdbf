import { setMaxListeners } from "node:events";
import { ConnectError, toError } from "../errors.ts";
import type { Plan } from "../graph/plan.ts";
import type { TaskBody } from "./context.ts";
import { exitCodeOf, toEventError } from "./event-error.ts";
import type { Failed } from "./ledger.ts";
import type { Running } from "./running.ts";
import type { Session } from "./session.ts";
import { onAbort } from "./stop.ts";

/**
 * Connects to all hosts at once, and meanwhile resolves the settings that must be there before the first command is sent.
 * A setting that cannot be resolved ends the connecting. Never throws: failures go into the ledger; with `skipUnreachable` those of
 * hosts that cannot be reached are left out, unless that is all of them. @returns true when the run may go on
 */
export async function connectAll(running: Running, plan: Plan<TaskBody>): Promise<boolean> {
  const busy = new Set(plan.sections.flatMap(({ steps }) => steps.flatMap(({ hosts }) => hosts)));
  const sessions = [...running.sessions.values()];
  const connecting = sessions.filter(({ id }) => busy.has(id));
  const ending = new AbortController();
  setMaxListeners(0, ending.signal);
  onAbort(running.stop.at(1), () => ending.abort(running.stop.at(1).reason));

  const connections = connecting.map((session) => connectOne(session, ending.signal));
  const values = await prefetch(running, plan, connecting.length > 0 ? connecting : sessions, ending);
  const unreached = (await Promise.all(connections)).filter((one) => one !== undefined);
  const mayGoOn =
    unreached.length === 0 ||
    (running.deps.options.skipUnreachable === true &&
      unreached.length < connecting.length &&
      unreached.every(({ error }) => isUnreachable(error)));
  const goesOn = values && mayGoOn && !ending.signal.aborted;
  for (const { session, error } of unreached) {
    if (goesOn) leaveOut(running, session.id, error);
    else if (error !== ending.signal.reason) keep(running, session.id, "connect", error);
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

function isUnreachable(error: unknown): boolean {
  return error instanceof ConnectError && UNREACHABLE.has(error.code);
}

/** The run succeeds only where all hosts are: what it promises with another exit code does not hold. */
function leaveOut(running: Running, host: string, thrown: unknown): void {
  const failed = toFailed(running, host, "connect", thrown);
  running.leftOut.record({ ...failed, exitCode: 1 });
  const text = `The run goes on without this host. ${failed.failure.error.message}`;
  running.emit({ kind: "message", level: "warn", host, task: undefined, text });
}

interface Unreached {
  readonly session: Session;
  readonly error: unknown;
}

async function connectOne(session: Session, signal: AbortSignal): Promise<Unreached | undefined> {
  try {
    await session.connection(signal);
    return undefined;
  } catch (error) {
    return { session, error };
  }
}

/** One failure for each error: hosts that share a setting share its error. All settings are awaited, so that all errors are seen. */
async function prefetch(
  running: Running,
  plan: Plan<TaskBody>,
  sessions: readonly Session[],
  ending: AbortController,
): Promise<boolean> {
  if (plan.prefetch.length === 0) return true;
  const since = running.deps.now();
  const interrupted = running.stop.at(1);
  const resolve = async ({ id, env }: Session, key: string): Promise<{ id: string; error: unknown } | undefined> => {
    try {
      await untilAborted(env.get(key), interrupted);
      return undefined;
    } catch (error) {
      if (interrupted.aborted) return undefined;
      ending.abort(error);
      return { id, error };
    }
  };
  const failed = await Promise.all(plan.prefetch.flatMap((key) => sessions.map((session) => resolve(session, key))));
  running.emit({ kind: "settingsResolved", keys: plan.prefetch, duration: running.deps.now() - since });
  const kept = new Set<unknown>();
  for (const one of failed) {
    if (one === undefined || kept.has(one.error)) continue;
    kept.add(one.error);
    keep(running, one.id, "settings", one.error);
  }
  return kept.size === 0;
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    onAbort(signal, () => reject(toError(signal.reason)));
    work.then(resolve, reject);
  });
}

function keep(running: Running, host: string, task: string, thrown: unknown): void {
  running.ledger.record(toFailed(running, host, task, thrown));
}

function toFailed(running: Running, host: string, task: string, thrown: unknown): Failed {
  const error = toError(thrown);
  const failure = Object.freeze({ host, task, stage: task, flow: undefined, error: toEventError(error, running.redact) });
  return { failure, error, exitCode: exitCodeOf(error) };
}
