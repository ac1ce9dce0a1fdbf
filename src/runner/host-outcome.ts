import type { HostView } from "../env/settings.ts";
import { FakeError, type SourceLocation } from "../errors.ts";

/**
 * What came of one host out of several: a value, or why there is none.
 * @example
 * const outcomes: readonly HostOutcome<string>[] = await t.fleet.acceptFailures().capture`uptime`;
 * for (const outcome of outcomes) t.log.info(`${outcome.host.name}: ${outcome.ok ? outcome.value : outcome.error.message}`);
 */
export type HostOutcome<T = unknown> =
  | { readonly host: HostView; readonly ok: true; readonly value: T }
  | { readonly host: HostView; readonly ok: false; readonly error: Error };

/**
 * Something that was to be done on several hosts failed on at least one of them: what the verbs of `t.fleet` throw, once all hosts are through.
 * Names each of those, with its error. In the result of a run it is a failure for each of them. Exit code 1.
 * @example
 * try {
 *   await t.fleet.run`./bin/healthy`;
 * } catch (error) {
 *   if (!(error instanceof HostsFailed)) throw error;
 *   for (const { host } of error.outcomes.filter(({ ok }) => ok)) t.log.info(`${host.name} is healthy`);
 * }
 */
export class HostsFailed extends FakeError {
  /** Of every host, in order: where it went well, too. */
  readonly outcomes: readonly HostOutcome[];
  /** Those where it did not. */
  readonly failed: readonly Extract<HostOutcome, { readonly ok: false }>[];

  /** @param where the line that asked for it */
  constructor(outcomes: readonly HostOutcome[], where?: SourceLocation) {
    const failed = outcomes.filter((outcome) => !outcome.ok);
    const reasons = new Map<string, string[]>();
    for (const { host, error } of failed) reasons.set(error.message, [...(reasons.get(error.message) ?? []), host.id]);
    const names = failed.map(({ host }) => host.id).join(", ");
    const count = outcomes.length === 1 ? "" : `${failed.length} of ${outcomes.length} hosts: `;
    const lines = [...reasons].map(([message, hosts]) => `${hosts.join(", ")}: ${message}`);
    super("HOSTS_FAILED", [`Failed on ${count}${names}`, ...lines].join("\n"), { where, cause: failed[0]?.error });
    this.outcomes = outcomes;
    this.failed = failed;
  }
}
