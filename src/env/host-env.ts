import type { Attempt, Explanation, HostEnv } from "./definition.ts";
import { createReader } from "./reader.ts";
import { asyncFreshFailure, asyncReadFailure, failedOf } from "./resolve/failure.ts";
import type { Outcome, SettingPending, SettingResult } from "./resolve/state.ts";
import { Suspension } from "./resolve/suspension.ts";
import type { HostView, Provenance } from "./settings.ts";
import { ignoreRejection } from "./values/thenable.ts";

/** Where settings are read from: one host, or all hosts of the run together. */
export interface View {
  readonly host: HostView;
  read(key: string): Outcome;
  get(key: string): Promise<SettingResult>;
  has(key: string): boolean;
  keys(): readonly string[];
  set(key: string, value: unknown): void;
  setForRun(key: string, value: unknown): void;
  /** Facts behind these keys that no task has stated yet. */
  unstated(keys: Iterable<string>): readonly string[];
  provenance(key: string): Provenance;
  reads(key: string): readonly string[];
}

/** What one `attempt` has looked at so far. */
interface Trial {
  readonly keys: Set<string>;
  interrupted: SettingPending | undefined;
}

/** The attempt that is under way in an env, on whatever host: attempts are sync, so there is one at a time. */
export interface Trials {
  current: Trial | undefined;
}

export function createHostEnv(view: View, trials: Trials): HostEnv {
  async function get(key: string): Promise<unknown> {
    const settled = await view.get(key);
    if (settled.kind === "failed") throw settled.error;
    return settled.value;
  }

  const reader = createReader({
    label: `env of ${view.host.id}`,
    read: (key) => readNow(key, view, trials.current),
    get(key) {
      const promise = get(key);
      ignoreRejection(promise);
      return promise;
    },
    has(key) {
      trials.current?.keys.add(key);
      return view.has(key);
    },
    host: () => view.host,
    keys: () => view.keys(),
    set: (key, value) => view.set(key, value),
    setForRun: (key, value) => view.setForRun(key, value),
  });

  async function explain(key: string): Promise<Explanation> {
    const value = await get(key);
    return { key, value, provenance: view.provenance(key), reads: view.reads(key) };
  }

  return { reader, get, attempt: (fn) => attempt(fn, view, trials), explain, keys: () => view.keys() };
}

/** A plain read: in an attempt it may interrupt; in a task's function nothing could be run again. */
function readNow(key: string, view: View, trial: Trial | undefined): unknown {
  if (trial?.interrupted !== undefined) throw new Suspension(trial.interrupted);
  trial?.keys.add(key);
  const outcome = view.read(key);
  if (outcome.kind === "value") return outcome.value;
  if (outcome.kind === "failed") throw outcome.error;
  ignoreRejection(outcome.result);
  if (outcome.result !== undefined) throw asyncFreshFailure(key).error;
  if (trial === undefined) throw asyncReadFailure(key, outcome.key).error;
  trial.interrupted = outcome;
  throw new Suspension(outcome);
}

function attempt<T>(fn: () => T, view: View, trials: Trials): Attempt<T> {
  const trial: Trial = { keys: new Set(), interrupted: undefined };
  const outer = trials.current;
  trials.current = trial;
  let value: T;
  try {
    value = fn();
  } catch (error) {
    const interrupted = suspended(trial);
    const unset = unsetFactOf(error);
    if (interrupted !== undefined) return interrupted;
    if (unset !== undefined) return { kind: "unset", key: unset };
    throw error;
  } finally {
    trials.current = outer;
  }
  ignoreRejection(trial.interrupted === undefined ? undefined : value);
  return suspended(trial) ?? { kind: "value", value, unstated: view.unstated(trial.keys) };
}

function suspended({ interrupted }: Trial): Extract<Attempt<never>, { kind: "suspended" }> | undefined {
  return interrupted === undefined ? undefined : { kind: "suspended", key: interrupted.key, until: interrupted.wake.promise };
}

/** The fact that was missing, also when the error was wrapped on its way. */
function unsetFactOf(thrown: unknown): string | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 10; error = error.cause, depth++) {
    const failed = failedOf(error);
    if (failed !== undefined) return failed.unset;
  }
  return undefined;
}
