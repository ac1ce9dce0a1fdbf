import type { Attempt, HostEnv } from "./definition.ts";
import { stateFact } from "./layers/facts.ts";
import { createReader } from "./reader.ts";
import type { Resolver } from "./resolve/call.ts";
import { asyncReadFailure, createFailure, failedOf, type SettingResult } from "./resolve/failure.ts";
import { type HostScope, type Outcome, type SettingPending, Suspension } from "./resolve/state.ts";
import type { HostView } from "./settings.ts";
import { listSome, showValue } from "./values/describe.ts";
import { ignoreRejection } from "./values/thenable.ts";

/** What the envs of all hosts share. */
export interface HostEnvParts {
  readonly resolver: Resolver;
  /** Every host of the run, and the control machine. */
  readonly everywhere: readonly HostScope[];
  /** The attempt that is under way, on whatever host: attempts are sync, so there is one at a time. */
  readonly current: { attempt: AttemptReads | undefined };
}

/** What one `attempt` has looked at so far. */
interface AttemptReads {
  readonly keys: Set<string>;
  interrupted: SettingPending | undefined;
}

/**
 * The settings on which these hosts agree: of one host, or of all hosts of the run.
 * @param statedFor the hosts for which `set` states a fact
 */
export function createHostEnv(
  host: HostView,
  scopes: readonly [HostScope, ...HostScope[]],
  statedFor: readonly HostScope[],
  { resolver, everywhere, current }: HostEnvParts,
): HostEnv {
  const [first] = scopes;
  const { checker, locate } = first.run;
  const keys = (): readonly string[] => [...new Set(scopes.flatMap((scope) => scope.keys()))];

  const isOne = scopes.length === 1;

  function readOutcome(key: string): Outcome {
    if (isOne) return resolver.read(first, key);
    // All of them first, so that what is async is under way on every host.
    const all = scopes.map((scope) => resolver.read(scope, key));
    const settled = all.filter((one) => one.kind !== "pending");
    return all.find((one) => one.kind === "pending") ?? agree(key, scopes, settled);
  }

  /** A plain read: in an attempt it may interrupt; in a task's function nothing could be run again. */
  function read(key: string): unknown {
    const { attempt } = current;
    if (attempt?.interrupted !== undefined) throw new Suspension(attempt.interrupted);
    attempt?.keys.add(key);
    const outcome = readOutcome(key);
    if (outcome.kind === "value") return outcome.value;
    if (outcome.kind === "failed") throw outcome.error;
    ignoreRejection(outcome.result);
    if (outcome.result !== undefined || attempt === undefined) throw asyncReadFailure(key, outcome).error;
    attempt.interrupted = outcome;
    throw new Suspension(outcome);
  }

  async function get(key: string): Promise<unknown> {
    const result = isOne
      ? await resolver.get(first, key)
      : agree(key, scopes, await Promise.all(scopes.map((scope) => resolver.get(scope, key))));
    if (result.kind === "failed") throw result.error;
    return result.value;
  }

  function attempt<T>(fn: () => T): Attempt<T> {
    const reads: AttemptReads = { keys: new Set(), interrupted: undefined };
    const suspended = (): Attempt<T> | undefined =>
      reads.interrupted && { kind: "suspended", key: reads.interrupted.key, until: resolver.until(reads.interrupted) };
    const outer = current.attempt;
    current.attempt = reads;
    let value: T;
    try {
      value = fn();
    } catch (error) {
      const unset = unsetFactOf(error);
      const outcome = suspended() ?? (unset === undefined ? undefined : { kind: "unset", key: unset });
      if (outcome === undefined) throw error;
      return outcome;
    } finally {
      current.attempt = outer;
    }
    if (reads.interrupted !== undefined) ignoreRejection(value);
    const unstated = isOne ? first.unstated(reads.keys) : new Set(scopes.flatMap((scope) => scope.unstated(reads.keys)));
    return suspended() ?? { kind: "value", value, unstated: [...unstated] };
  }

  const reader = createReader({
    label: `env of ${host.id}`,
    read,
    get,
    has(key) {
      current.attempt?.keys.add(key);
      return scopes.every((scope) => scope.has(key));
    },
    host: () => host,
    keys,
    set: (key, value) => stateFact(statedFor, key, value, checker),
    setForRun: (key, value) => stateFact(everywhere, key, value, checker),
  });

  return {
    reader,
    get,
    attempt,
    keys,
    async explain(key) {
      const value = await get(key);
      const provenance = locate(first.find(key) ?? { key, provenance: { layer: "default", name: undefined, where: undefined } });
      return { key, value, provenance, reads: [...first.readsOf(key)] };
    },
  };
}

/** What a setting comes to, where that is the same on all these hosts. */
function agree(key: string, scopes: readonly HostScope[], all: readonly SettingResult[]): SettingResult {
  const [first] = all;
  if (first !== undefined && all.length === 1) return first;
  const groups = new Map<unknown, { readonly value: unknown; readonly hosts: string[] }>();
  for (const [index, one] of all.entries()) {
    if (one.kind === "failed") return one;
    const token = scopes[index]?.run.tokens.settled(one);
    const group = groups.get(token) ?? { value: one.value, hosts: [] };
    group.hosts.push(scopes[index]?.view.id ?? "");
    groups.set(token, group);
  }
  if (first !== undefined && groups.size === 1) return first;
  const sides = [...groups.values()].map(({ value, hosts }) => `${showValue(value)} on ${listSome(hosts, 3)}`);
  return createFailure({
    code: "HOSTS_DISAGREE",
    text: `\`${key}\` is not the same on all hosts of the run: ${listSome(sides, 4)}.`,
    chain: [key],
    hint: `A local task reads what holds for all hosts; read it in a task that runs on each host, or set it once with -s ${key}=...`,
  });
}

/** The fact that was missing, also when the error was wrapped on its way. */
function unsetFactOf(thrown: unknown): string | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 10; error = error.cause, depth++) {
    const failed = failedOf(error);
    if (failed !== undefined) return failed.unset;
  }
  return undefined;
}
