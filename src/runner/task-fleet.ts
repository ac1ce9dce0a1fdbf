import type { CommandBuilder, CommandVerb } from "../command/builder.ts";
import type { HostView } from "../env/settings.ts";
import type { CommandResult } from "../transport/transport.ts";
import type { HostOutcome } from "./host-outcome.ts";
import type { TransferOptions } from "./shell.ts";

/**
 * The hosts of a task as one: `t.fleet`. They are those of `t.hosts`, in their order. A verb does on each of them what it does on one, on all at
 * once or on as many as the run may work on (`-P`); a host that fails keeps no other from it. What comes back is one outcome for each host, in
 * order. Iterating gives the context of each host, as `t.on(host)` does. Wrappers and filters give a new fleet. `H` is the context of a host,
 * `Ok` is `boolean` where outcomes may be failures.
 * @example
 * for (const { host, value } of await t.fleet.filter("web").capture`uptime`) t.log.info(`${host.name}: ${value}`);
 * for (const web of t.fleet.filter("web")) await web.run`systemctl restart shop`; // one after another
 * const dump = await t.fleet.one("db").capture`mktemp`;
 */
export interface TaskFleet<H = unknown, Ok extends boolean = true> extends CommandBuilder, Iterable<H> {
  /** How many hosts it has. */
  readonly size: number;
  /**
   * The hosts that have any of these roles, by all roles of a host; `"*"` for all. May have none: its verbs then do nothing.
   * @throws UsageError for a role that there is not
   */
  filter(...roles: readonly string[]): this;
  /** The context of the only host, of those with any of these roles where some are given. @throws UsageError naming those that there are, unless it is one */
  one(...roles: readonly string[]): H;
  /**
   * These hosts too, behind the others: of the deployfile or not, written as after `-H`. One that the run has not selected is told of in its output,
   * and is connected to when something is done on it. Settings: those of its roles, and those for all hosts.
   * @throws UsageError, ProblemsError for what is no host; for one that is in the run as another user
   */
  with(...hosts: readonly string[]): this;
  /** The same hosts; what fails on one of them is its outcome, and nothing is thrown for it but an interruption or the end of the task's time. */
  acceptFailures(): TaskFleet<H, boolean>;
  /** @throws HostsFailed, unless `acceptFailures` */
  readonly run: CommandVerb<Promise<FleetOutcomes<CommandResult, Ok>>>;
  /** `run` as root. */
  readonly sudo: CommandVerb<Promise<FleetOutcomes<CommandResult, Ok>>>;
  /** stdout of each without the trailing newline. @throws HostsFailed, unless `acceptFailures` */
  readonly capture: CommandVerb<Promise<FleetOutcomes<string, Ok>>>;
  /** True where the exit code is 0. @throws HostsFailed where no exit code came */
  readonly test: CommandVerb<Promise<FleetOutcomes<boolean, Ok>>>;
  exists(remotePath: string): Promise<FleetOutcomes<boolean, Ok>>;
  hasCommand(name: string): Promise<FleetOutcomes<boolean, Ok>>;
  /** `upload` to each. @throws TaskError before any host is contacted when the file cannot be read */
  put(localPath: string, remotePath: string, options?: TransferOptions): Promise<FleetOutcomes<void, Ok>>;
  /**
   * `download` from each, into a directory of its own in `localPath`, which is named after the host's id; or to what a function of the host
   * says. The directories are made. The values are where the files are.
   * @throws UsageError before any host is contacted where two would be written to one file
   */
  get(remotePath: string, localPath: string | ((host: HostView) => string)): Promise<FleetOutcomes<string, Ok>>;
}

/**
 * The outcomes of hosts, in order: all of them values, unless failures are accepted.
 * @example
 * const all = (outcomes: FleetOutcomes<boolean, true>): boolean => outcomes.every(({ value }) => value);
 * if (!all(await t.fleet.test`test -e /srv/shop`)) t.skip();
 */
export type FleetOutcomes<T, Ok extends boolean> = readonly Extract<HostOutcome<T>, { readonly ok: Ok }>[];
