import type { CommandBuilder } from "../command/builder.ts";
import type { Command } from "../command/command.ts";
import type { Secret } from "../command/secret.ts";
import type { HostView, TaskEnv } from "../env/settings.ts";
import type { TaskRef } from "../graph/task.ts";
import type { CommandResult } from "../transport/transport.ts";
import type { Failure } from "./result.ts";
import type { Shell } from "./shell.ts";
import type { TaskFleet } from "./task-fleet.ts";

/**
 * What a task has to say: `t.log`. Reporters show it with the host's name; `debug` only with `--verbose`.
 * @example
 * t.log.warn("the cache was empty");
 * t.log.changed("rewrote nginx.conf");
 * t.log.standing("serving 42 sites");
 */
export interface Logger {
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
  /** Something that was changed on the host: listed in the summary. */
  changed(text: string): void;
  /** Where the host stands now: one line in the summary, the last one counts. */
  standing(text: string): void;
}

/**
 * Questions to the person at the terminal: `t.ui`. One is asked at a time, and the answer is for all hosts that come to the same question
 * of the same task; with `each`, every host asks by its name. Asked again by the same host it is another question, unless `retry` runs the
 * body again. Without a terminal (in CI, with `--non-interactive`) questions take their default, or fail with a UsageError that names them;
 * they never block. With `--yes`, `confirm` is answered with yes.
 * @example
 * const reason = await t.ui.ask("Why?", { default: "" });
 * const token = await t.ui.ask("Token", { secret: true }); // typed unseen, and a Secret
 * if (!(await t.ui.confirm("Restart now?", { default: false, each: true }))) return;
 * const colour = await t.ui.choice("Which half?", ["blue", "green"]);
 */
export interface Ui {
  ask(
    question: string,
    options: { readonly secret: true; readonly default?: string | Secret | undefined; readonly each?: boolean | undefined },
  ): Promise<Secret>;
  ask(
    question: string,
    options?: { readonly secret?: false | undefined; readonly default?: string | undefined; readonly each?: boolean | undefined },
  ): Promise<string>;
  confirm(
    question: string,
    options?: { readonly default?: boolean | undefined; readonly each?: boolean | undefined },
  ): Promise<boolean>;
  choice<T extends string>(
    question: string,
    choices: readonly T[],
    options?: { readonly default?: T | undefined; readonly each?: boolean | undefined },
  ): Promise<T>;
}

/**
 * What a command body sees: enough to write text, nothing to do. It may be called more than once, so a body must not do anything but read.
 * @example
 * const list = (t: CommandBodyContext): readonly Command[] => [t.within(t.env.releasesPath).cmd`ls -1`];
 * task("list", { commands: list });
 */
// biome-ignore lint/suspicious/noExplicitAny: without a schema nobody knows what the arguments are
export interface CommandBodyContext<S = unknown, A = any> extends CommandBuilder {
  readonly host: HostView;
  readonly env: TaskEnv<S>;
  /** All hosts of the run; in the rolling part of a flow with `--batch`, those of the group. */
  readonly hosts: readonly HostView[];
  readonly flow: string | undefined;
  /** Roles with which this host was selected. */
  readonly effectiveRoles: readonly string[];
  /** The task's validated arguments, typed by its schema. */
  readonly args: A;
  /** In hooks that a failure called: what failed first. */
  readonly failure: Failure | undefined;
  /** One per run: unique, safe in file names. */
  readonly runId: string;
  /** True under `--dry-run`. */
  readonly dryRun: boolean;
}

/**
 * What a task body receives. All members can be destructured.
 * @example
 * task("restart", "Restart the app", async ({ run, env, host, log }: TaskContext) => {
 *   await run`sudo systemctl restart ${env.application}`;
 *   log.changed(`restarted on ${host.name}`);
 * });
 */
// biome-ignore lint/suspicious/noExplicitAny: as above
export interface TaskContext<S = unknown, A = any> extends Shell, CommandBodyContext<S, A> {
  readonly log: Logger;
  /** Aborted when the run is interrupted or the task's time is up. */
  readonly signal: AbortSignal;
  /** Everything that failed so far. */
  readonly failures: readonly Failure[];
  /** Ends the task here, because there is nothing to do: it counts as done, and is shown as skipped. Its hooks run. */
  skip(): never;
  /**
   * `"flow"`, in a local task: ends the flow that the task belongs to as well, as done. What comes behind it does not run, but for `always`
   * hooks of what has begun.
   * @throws UsageError outside of a flow, and where hosts go through the task each at its own pace
   */
  skip(what: "flow"): never;
  /**
   * Runs another task with its hooks, now; also when it ran before. On this host, from a local task on all hosts of the run, or on those
   * that are given.
   */
  execute(task: TaskRef, hosts?: readonly (HostView | string)[]): Promise<void>;
  /** The context of another host of the run: for local and once tasks that look after all of them. */
  on(host: HostView | string): TaskContext<S, A>;
  /** All hosts of `hosts` as one. In a task that runs on each of them, too: there each host would do it for all. */
  readonly fleet: TaskFleet<TaskContext<S, A>>;
  readonly ui: Ui;
  /** The same surface for the control machine. */
  readonly local: Shell;
}

/**
 * A body that does things. What a body throws fails the task on this host; what is returned is ignored.
 * @example
 * const body: FunctionBody = async (t) => {
 *   if (await t.test`test -e /var/lock/maintenance`) throw new TaskError("The host is in maintenance.");
 * };
 * task("guard", body);
 */
// biome-ignore lint/suspicious/noExplicitAny: as above
export type FunctionBody<S = unknown, A = any> = (t: TaskContext<S, A>) => unknown;

/**
 * A body that is text only: it can be planned, printed by `--dry-run` exactly as a run would send it, and sent together with its
 * neighbours in
 * one round trip. `receive` reads what came back, when the commands themselves are not all.
 * @example
 * const body: CommandBody = {
 *   commands: (t) => [t.cmd({ quiet: true })`df -Pk ${t.env.deployPath}`],
 *   receive: (t, [result]) => t.log.info(result?.stdout ?? ""),
 * };
 * task("space", body);
 */
// biome-ignore lint/suspicious/noExplicitAny: as above
export interface CommandBody<S = unknown, A = any> {
  commands(t: CommandBodyContext<S, A>): readonly Command[];
  receive?: ((t: TaskContext<S, A>, results: readonly CommandResult[]) => unknown) | undefined;
  /**
   * The tasks behind it may be sent before `receive` has run: for one that never refuses, but only states facts or logs.
   * @default false
   */
  sendAhead?: boolean | undefined;
  /**
   * Facts that `receive` states. With `sendAhead`, a task that reads one of these waits until they are there.
   * @default any: a task waits that reads a fact which is not there yet
   */
  states?: readonly string[] | undefined;
  /**
   * Says in the task's own words what it means that one of its commands failed: the error that the task then fails with.
   * Must not throw. @returns undefined to leave it at a CommandError
   */
  explain?: ((t: CommandBodyContext<S, A>, result: CommandResult) => Error | undefined) | undefined;
}

export type TaskBody =
  | { readonly kind: "function"; readonly run: FunctionBody<never> }
  | ({ readonly kind: "commands" } & CommandBody<never>);
