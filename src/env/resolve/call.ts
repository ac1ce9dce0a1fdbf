import type { LayerValue } from "../layers/layers.ts";
import { createReader } from "../reader.ts";
import type { EnvReader } from "../settings.ts";
import { ignoreRejection, isAsyncFunction, isThenable } from "../values/thenable.ts";
import { type CallRecord, type RecordedRead, UNSHARED } from "./call-record.ts";
import { asyncReadFailure, cycleFailure, neededBy, type SettingFailure, type SettingResult } from "./failure.ts";
import { type HostScope, type Outcome, type SettingPending, type Slot, Suspension } from "./state.ts";

/** Works settings out, each at most once for hosts on which it comes to the same. `by`: the setting whose callable reads it. */
export interface Resolver {
  /** What a setting comes to now. Never throws. */
  read(scope: HostScope, key: string, by?: Slot): Outcome;
  /** Waits until it is there. Never rejects. */
  get(scope: HostScope, key: string, by?: Slot): Promise<SettingResult>;
  /** Settles when what was not there yet is worth reading again. Never rejects. */
  until(pending: SettingPending): Promise<void>;
}

/**
 * Calls the callable of a setting: gives a promise when it is async. A sync one that reads what is not there yet is interrupted, and
 * whatever it makes of that is thrown away; an async one is never called again, so such a read is an error there.
 * @param record where it is noted what the call looks at, when that can serve other hosts
 */
export function callFor(
  slot: Slot,
  source: LayerValue,
  resolver: Resolver,
  record?: CallRecord,
): SettingResult | SettingPending | Promise<SettingResult> {
  const { scope } = slot;
  const { checker, tokens } = scope.run;
  let isAsync = source.callable !== undefined && isAsyncFunction(source.callable);
  // A callable that let its env out may read long after its call: such reads are served, and say nothing about the result.
  let isOpen = true;
  let interrupted: SettingPending | undefined;
  let broken: SettingFailure | undefined;
  slot.reads = [];

  const waiting = (): Slot | undefined => (isOpen ? slot : undefined);

  function look(step: string): RecordedRead | undefined {
    if (!isOpen || interrupted !== undefined) return undefined;
    slot.noteRead(step.slice(1));
    return record?.look(step);
  }

  function saw(seen: RecordedRead | undefined, result: SettingResult): unknown {
    if (seen !== undefined) record?.saw(seen, tokens.settled(result));
    if (result.kind === "failed") throw result.error;
    return result.value;
  }

  function read(key: string): unknown {
    if (interrupted !== undefined) throw new Suspension(interrupted);
    const seen = look(`=${key}`);
    const outcome = resolver.read(scope, key, waiting());
    if (outcome.kind !== "pending") return saw(seen, outcome);
    ignoreRejection(outcome.result);
    if (outcome.result === undefined && !isAsync && isOpen) {
      interrupted = outcome;
      throw new Suspension(outcome);
    }
    const failed = asyncReadFailure(key, outcome);
    if (isOpen) fail(failed);
    throw failed.error;
  }

  async function get(key: string): Promise<unknown> {
    if (interrupted !== undefined) throw new Suspension(interrupted);
    const seen = look(`=${key}`);
    return saw(seen, await resolver.get(scope, key, waiting()));
  }

  function has(key: string): boolean {
    const seen = look(`?${key}`);
    if (isOpen) scope.noteDependent(slot.key, key);
    const found = scope.has(key);
    if (seen !== undefined) record?.saw(seen, found);
    return found;
  }

  function unshared<T>(value: T): T {
    if (isOpen && interrupted === undefined) record?.complete(UNSHARED);
    return value;
  }

  /** It fails, whatever the callable makes of it, and for all hosts that come as far as this. */
  function fail(failed: SettingFailure): SettingFailure {
    if (broken === undefined) {
      broken = neededBy(slot.key, failed);
      record?.complete(broken, true);
    }
    return broken;
  }

  function end(result: SettingResult): SettingResult {
    isOpen = false;
    if (slot.cycle !== undefined) {
      record?.leave();
      return cycleFailure(slot.cycle);
    }
    if (broken === undefined) record?.complete(result);
    return broken ?? result;
  }

  function interrupt(pending: SettingPending): SettingPending {
    isOpen = false;
    record?.leave();
    return pending;
  }

  function follow(promise: PromiseLike<unknown>): SettingResult | Promise<SettingResult> {
    isAsync = true;
    if (interrupted !== undefined) {
      ignoreRejection(promise);
      return end(fail(asyncReadFailure(interrupted.slot.key, interrupted)));
    }
    record?.goAsync(slot);
    return Promise.resolve(promise).then(
      (value) => end(checker.value(source, value)),
      (error: unknown) => end(checker.thrown(source, error)),
    );
  }

  const reader: EnvReader = createReader({
    label: `env of ${scope.view.id}`,
    read,
    get,
    has,
    host: () => unshared(scope.view),
    keys: () => unshared(scope.keys()),
  });
  let value: unknown;
  try {
    value = source.callable?.(reader);
  } catch (error) {
    const pending = interrupted ?? (error instanceof Suspension ? error.pending : undefined);
    return pending === undefined ? end(checker.thrown(source, error)) : interrupt(pending);
  }
  if (isThenable(value)) return follow(value);
  return interrupted === undefined ? end(checker.value(source, value)) : interrupt(interrupted);
}
