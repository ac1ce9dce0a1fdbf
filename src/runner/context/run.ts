import type { AskBecomePassword } from "../../command/become.ts";
import type { CommandContext } from "../../command/command.ts";
import type { Redactor } from "../../command/redact.ts";
import type { Env, HostEnv } from "../../env/definition.ts";
import type { HostView } from "../../env/settings.ts";
import type { Plan, Step } from "../../graph/plan.ts";
import type { Question } from "../../graph/questions.ts";
import type { TaskRef } from "../../graph/task.ts";
import type { TaskGraph } from "../../graph/task-graph.ts";
import type { Host } from "../../hosts/host.ts";
import type { Inventory } from "../../hosts/inventory.ts";
import type { SelectedHost } from "../../hosts/select.ts";
import type { Semaphore } from "../../semaphore.ts";
import type { ArgsOfRun } from "../args.ts";
import type { TaskBody } from "../context.ts";
import type { Emit, GroupOfHosts, RunEmitter } from "../events.ts";
import type { Fleet } from "../machine/fleet.ts";
import type { HostRun } from "../machine/host-run.ts";
import type { SleepWatchOptions } from "../machine/sleep-watch.ts";
import type { Prompter, SharedAnswers } from "../prompter.ts";
import type { Failed } from "../record/failure.ts";
import type { RunRecord } from "../record/record.ts";
import type { Failure } from "../result.ts";
import type { InterruptSource, Limits, Stop } from "../stop.ts";
import type { MadeContext, Pending } from "./pending.ts";

/** So many hosts, or that share of all hosts. */
export type GroupSize = number | `${number}%`;

/** What a run is given: all that it touches. */
export interface RunOptions extends ArgsOfRun {
  readonly graph: TaskGraph<TaskBody>;
  readonly env: Env;
  readonly hosts: readonly SelectedHost[];
  /** All hosts and roles of the deployfile. @default those of the run */
  readonly inventory?: Inventory | undefined;
  /** Reaches the hosts. It stays open, with its connections, for the next run. */
  readonly fleet: Fleet;
  readonly emit: Emit;
  readonly redactor: Redactor;
  readonly prompter: Prompter;
  /** Answers that several runs share. @default each run has its own */
  readonly answers?: SharedAnswers | undefined;
  /** What tasks ask to be confirmed is answered with yes. @default they ask */
  readonly yes?: boolean | undefined;
  /** Unique, safe in file names. */
  readonly runId: string;
  /** Milliseconds of any clock that does not go back. */
  readonly now: () => number;
  readonly interrupts: InterruptSource;
  /** Hears what is thrown where nobody waits for it, while the run is under way: it goes on, and has failed. @default nobody listens */
  readonly onUnheard?: ((callback: (thrown: unknown) => void) => () => void) | undefined;
  /** Aborting it, with a reason, cancels the run as the first interrupt would. @default nobody does */
  readonly signal?: AbortSignal | undefined;
  /** No run comes after it on its hosts: their connections end with the run. @default false */
  readonly last?: boolean | undefined;
  /** How it is noticed that this machine slept. @default when it was for more than 45 seconds of the time of day */
  readonly sleep?: SleepWatchOptions | undefined;
  /** Most hosts at work at once. @default all */
  readonly parallel?: number | undefined;
  /** Hosts in each group of the rolling part of a flow; of a list, in one group after another, and in those behind as in the last. @default all at once */
  readonly batch?: GroupSize | readonly GroupSize[] | undefined;
  /** Milliseconds between these groups; without `batch`, before each host that begins when another one ends. @default 0 */
  readonly waitBetween?: number | undefined;
  /** Send neighbouring command bodies of a host together. The outcome is the same without. */
  readonly fuse: boolean;
  /** Connect nowhere, call no function; say what would be sent. */
  readonly dryRun: boolean;
  /** Go on without hosts that cannot be connected to at the beginning, as long as there is one that can. @default false */
  readonly skipUnreachable?: boolean | undefined;
  /**
   * Hosts have nothing to do with each other: each begins when it is there, and one that fails or cannot be reached does not keep the
   * others from going on. For plans without settings that have to be there first. @default false
   */
  readonly eachForItself?: boolean | undefined;
  /** Asks what tasks that are executed want to have confirmed, once for all. @default nobody does */
  readonly confirm?: ((questions: readonly Question[]) => Promise<void>) | undefined;
  /**
   * A call of `process.exit` that was refused, and that nobody has heard of yet: who called it may have caught that. With what was thrown,
   * it has been heard of. @default there is none
   */
  readonly refusedExit?: ((thrown?: unknown) => Error | undefined) | undefined;
  /** Asked when a command runs as another user, and a password may be wanted for that. */
  readonly becomePassword?: AskBecomePassword | undefined;
}

/** One run: what it was given, and what all of its parts share. */
export interface Run extends RunOptions, RunEmitter {
  readonly stop: Stop;
  /** Hosts of the plan by id, in its order. */
  readonly hostRuns: ReadonlyMap<string, HostRun>;
  /** Hosts that a task has brought to the run with `t.fleet.with`, by id. */
  readonly furtherRuns: Map<string, HostRun>;
  /** The machine that `fake` runs on. */
  readonly control: HostRun;
  readonly answers: SharedAnswers;
  /** In the order in which they happened. */
  readonly failures: Failed[];
  /** Something began that may have changed a host or this machine: exit codes that promise otherwise do not hold any more. */
  readonly work: { begun: boolean };
  /** Of the way through its own plan; none before that has begun. */
  record: RunRecord | undefined;
  /** Of hosts that the run goes on without: told in its result only. */
  readonly leftOut: Failed[];
  /** Those that end with the run. */
  readonly processes: Set<AsyncDisposable>;
  /** Of tasks that only so many hosts may be in, by name of the task. */
  readonly semaphores: Map<string, Semaphore>;
  /** Of hosts that tasks work on through `t.fleet`: as many as may be at work at once, whichever task asks. */
  readonly places: Semaphore;
  /** Brings a host to the run that was not selected: nothing is planned on it. */
  addHost(host: Host): HostRun;
  /** What `t.args` is. */
  argsOf(task: string, flow: string | undefined): unknown;
  /** Runs another task for `t.execute`. @throws what failed first in it */
  execute(task: TaskRef, from: TaskRun, on?: readonly HostRun[]): Promise<void>;
  /** Tells the end of all that was not waited for. */
  giveUp(): void;
  /** Ends its part in the machines. Never throws. */
  release(): Promise<void>;
  /** Makes it silent. */
  close(): void;
}

/** One way through a plan: the run's own, that of a hook after a failure, or that of a task which another one executes. */
export interface Pass {
  readonly run: Run;
  readonly plan: Plan<TaskBody>;
  /** Hosts of the pass, or of the group that is being rolled over. */
  readonly hosts: readonly HostRun[];
  /** The same as tasks see them. */
  readonly views: readonly HostView[];
  readonly limits: Limits;
  readonly record: RunRecord;
  /** The stage of each section of the plan. None inside of a stage: when another task executes it. */
  readonly stages: readonly Stage[];
  /** The stage at hand, when it began, what of it has not ended (task and host), and whether a task of it has failed. */
  openStage: { readonly stage: Stage; readonly since: number; readonly toGo: Set<string>; failed: boolean } | undefined;
  /** With `--batch`, the group of hosts that the pass is for. */
  readonly group: GroupOfHosts | undefined;
  /** The stage that all of its tasks are shown in, when another task executes it. */
  readonly inStage: string | undefined;
  /** What `onFailure` and `always` hooks were called for. */
  readonly failure: Failure | undefined;
  /** Flow of tasks that belong to none in the plan. */
  readonly flow: string | undefined;
  /** Names of the tasks around it that execute one another, outermost first. */
  readonly chain: readonly string[];
  /** A host that fails does not keep the others from going on: hooks, and runs that say so. */
  readonly eachForItself: boolean;
}

/** A part of a plan that people see as one. */
export interface Stage {
  readonly name: string;
  readonly flow: string | undefined;
  /** Its tasks in order, with the ids of their hosts: none for those of the control machine. */
  readonly tasks: Map<string, Set<string>>;
  /** Ids of the hosts that have something to do in it. */
  readonly hosts: Set<string>;
}

/** One step of a pass on one machine. */
export interface TaskRun {
  readonly run: Run;
  readonly pass: Pass;
  readonly step: Step<TaskBody>;
  /** Name of the task. */
  readonly name: string;
  readonly section: number;
  readonly stage: string;
  readonly flow: string | undefined;
  readonly host: HostRun;
  /** The machine that its commands go to: another one than its own after `t.on(host)` and `t.local`. */
  readonly target: HostRun;
  /** Settings that it sees: those of the target, or of the host for which `t.local` was taken. */
  readonly env: HostEnv;
  /** What `within` and its like put around commands. */
  readonly context: CommandContext;
  /** What tells the task to stop, and what kills its commands. */
  readonly limits: Limits;
  /** The call that made the context at hand; undefined for the task's own. */
  readonly made?: MadeContext | undefined;
  /** Which time of the run the task comes to this machine, from 1. */
  readonly time: number;
  /** What was started and has not ended, so that a missing `await` loses nothing. */
  readonly pending: Pending;
  /** The failures inside of tasks that this one executed, by the error that it heard of. */
  readonly executed: (readonly [error: Error, failed: readonly Failed[]])[];
}

/** Not what only looks, nor what a failure calls for: with that, too, a run that was refused has done nothing. */
export function noteWork({ run, pass, step }: Pick<TaskRun, "run" | "pass" | "step">): void {
  if (pass.failure === undefined && step.task.options.readOnly !== true) run.work.begun = true;
}
