import type { Redactor } from "../command/redact.ts";
import type { Secret } from "../command/secret.ts";
import type { Env } from "../env/definition.ts";
import type { TaskGraph } from "../graph/task-graph.ts";
import type { Host } from "../hosts/host.ts";
import type { SelectedHost } from "../hosts/select.ts";
import type { Transport } from "../transport/transport.ts";
import type { TaskBody, Ui } from "./context.ts";
import type { Emit } from "./events.ts";
import type { NapOptions } from "./nap.ts";

export type InterruptSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Tells when the user or the system asks the run to stop. */
export interface InterruptSource {
  /**
   * @param callback gets each interrupt with its number, counted from 1: the first stops starting, the second kills, the third gives up
   * @returns how to stop listening
   */
  onInterrupt(callback: (signal: InterruptSignal, count: number) => void): () => void;
}

export interface RunOptions {
  /** Most hosts at work at once. @default all */
  readonly parallel?: number | undefined;
  /** Hosts in each group of the rolling part of a flow, or that share of all hosts. @default all at once */
  readonly batch?: number | `${number}%` | undefined;
  /** Send neighbouring command bodies of a host together. The outcome is the same without. */
  readonly fuse: boolean;
  /** Connect nowhere, call no function; say what would be sent. */
  readonly dryRun: boolean;
  /** Go on without hosts that cannot be connected to at the beginning, as long as there is one that can. @default false */
  readonly skipUnreachable?: boolean | undefined;
  /** Asked when a command runs as another user and `sudo` wants a password. */
  readonly sudoPassword?: (() => Promise<Secret | undefined>) | undefined;
}

/** Everything that a run touches comes in here. */
export interface RunDeps {
  readonly graph: TaskGraph<TaskBody>;
  readonly env: Env;
  readonly hosts: readonly SelectedHost[];
  /** Called once for each host that has something to run, with what the setting `transport` names for it. */
  readonly transportFor: (host: Host, wanted: string) => Transport;
  /** For local tasks and `t.local`. */
  readonly localTransport: Transport;
  readonly emit: Emit;
  readonly redactor: Redactor;
  readonly ui: Ui;
  /** Unique, safe in file names. */
  readonly runId: string;
  /** Milliseconds of any clock that does not go back. */
  readonly now: () => number;
  /** How it is noticed that this machine slept. @default when it was for more than 45 seconds of the time of day */
  readonly naps?: NapOptions | undefined;
  /** Validated arguments by name of the task. */
  readonly args: ReadonlyMap<string, unknown>;
  readonly interrupts: InterruptSource;
  readonly options: RunOptions;
}
