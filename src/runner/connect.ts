import { setMaxListeners } from "node:events";
import { toError } from "../errors.ts";
import type { Plan } from "../graph/plan.ts";
import type { TaskBody } from "./context.ts";
import { exitCodeOf, toEventError } from "./event-error.ts";
import type { Running } from "./running.ts";
import type { Session } from "./session.ts";
import { onAbort } from "./stop.ts";

/**
 * Connects to all hosts at once, and meanwhile resolves the settings that must be there before the first command is sent.
 * A setting that cannot be resolved ends the connecting. Never throws: failures go into the ledger. @returns true when all is well
 */
export async function connectAll(running: Running, plan: Plan<TaskBody>): Promise<boolean> {
  const busy = new Set(plan.sections.flatMap(({ steps }) => steps.flatMap(({ hosts }) => hosts)));
  const sessions = [...running.sessions.values()];
  const connecting = sessions.filter(({ id }) => busy.has(id));
  const ending = new AbortController();
  setMaxListeners(0, ending.signal);
  onAbort(running.stop.at(1), () => ending.abort(running.stop.at(1).reason));

  const connections = connecting.map((session) => connectOne(running, session, ending.signal));
  const values = await prefetch(running, plan, connecting.length > 0 ? connecting : sessions, ending);
  const reached = await Promise.all(connections);
  return values && reached.every(Boolean) && !ending.signal.aborted;
}

async function connectOne(running: Running, session: Session, signal: AbortSignal): Promise<boolean> {
  try {
    await session.connection(signal);
    return true;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) keep(running, session.id, "connect", error);
    return false;
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
  const error = toError(thrown);
  const failure = Object.freeze({ host, task, stage: task, flow: undefined, error: toEventError(error, running.redact) });
  running.ledger.record({ failure, error, exitCode: exitCodeOf(error) });
}
