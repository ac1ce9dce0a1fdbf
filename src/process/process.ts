/** What a process is, wherever it runs. `managed-process.ts` makes it so. */
import type { Writable } from "node:stream";
import type { Command } from "../command/command.ts";
import type { Secret } from "../command/secret.ts";
import type { Host } from "../hosts/host.ts";
import type { Connection } from "../transport/transport.ts";
import type { Cursor, ExpectOptions, Match, Pattern } from "./expect.ts";
import type { Keep, OutputEvent, OutputName } from "./output.ts";
import type { Accept, Log, ProblemKind } from "./problem.ts";
import type { TerminalChoice } from "./terminal.ts";

/**
 * A process on a host or on this machine: it starts when it is told to, and the code goes on meanwhile. Nothing is thrown for what becomes
 * of it: see `ok`, `state` and `problems`.
 * @example
 * await using server = launcher.process("iperf -s", { host: "web1" }).start();
 * await server.expect("Server listening", { timeout: "5s" });
 */
export interface Process extends AsyncDisposable {
  readonly command: Command;
  readonly options: ProcessOptions;
  /** May be changed. */
  name: string;
  /** Undefined: this machine. */
  readonly host: Host | undefined;
  readonly state: ProcessState;
  readonly isStarted: boolean;
  readonly isRunning: boolean;
  readonly isEnded: boolean;
  /** Of the leader of its process group, on its host. */
  readonly pid: number | undefined;
  readonly exitCode: number | undefined;
  readonly startDate: Date | undefined;
  readonly endDate: Date | undefined;
  /** When its time is up. */
  readonly timeoutDate: Date | undefined;
  /** What it has printed so far, as far as that is kept. */
  readonly stdout: string;
  readonly stderr: string;
  readonly expectFailed: boolean;
  /** Why its input could not be written. */
  readonly writeError: Error | undefined;
  /** What counts against it, so far. */
  readonly problems: readonly ProblemKind[];
  /** Nothing counts against it. So it is, as a rule, before it starts and while it runs. */
  readonly ok: boolean;
  /** It has ended, and is ok. */
  readonly finishedOk: boolean;
  /** Starts it, and returns at once. Does nothing when it has been started. */
  start(): this;
  /**
   * Waits for its end, and no longer than `timeout` or until the signal aborts: it goes on then.
   * @throws UsageError `NOT_STARTED` when nobody has started it
   */
  wait(options?: WaitOptions): Promise<this>;
  /** Until it runs, or could not be started; where nobody has started it yet, until somebody does. */
  waitForStart(options?: WaitOptions): Promise<this>;
  /** Starts it and waits for its end, and no longer than `timeout`: it goes on then. What ends it is its option of that name. */
  run(options?: WaitOptions): Promise<this>;
  /**
   * Sends a signal to it and all that it has started, and returns at once; SIGTERM and SIGINT are followed by SIGKILL after `grace`.
   * Does nothing to one that has ended or was not started. What was killed may end with any exit code.
   * @param signal "SIGTERM" where it is left out
   */
  kill(signal?: NodeJS.Signals, options?: KillOptions): this;
  /** Ends it when it runs, and forgets all that became of it: it can be started again. */
  reset(): Promise<this>;
  /**
   * Writes to its input once it has started. Never throws for what becomes of that: see `writeError`.
   * Resolves when it was taken over; a process that does not read holds it up in the end.
   */
  write(data: string | Uint8Array): Promise<void>;
  /** Its input as a stream, for `pipe` and `pipeline`: what is written to it is written with `write`. Destroyed once the process has ended. */
  readonly stdin: Writable;
  /** Ends its input: on a terminal with ctrl-D. */
  end(): Promise<void>;
  /**
   * Waits until it has printed one of the patterns: a string is literal text. Looks at what is there already, from where the last `expect`
   * has stopped. Undefined when nothing came before the timeout or its end: then it is not `ok` any more, until `reset`.
   * @throws UsageError for a pattern that is none
   */
  expect(patterns: Pattern | readonly Pattern[], options?: ExpectOptions): Promise<Match | undefined>;
  /** Another reader's `expect`, with a position of its own, which begins at the start of what is held. */
  reader(stream?: OutputName): Cursor;
  /**
   * Calls back for the first match of one of the patterns from the start of what is held, with `repeat` for each; and at the end of the output
   * without one.
   * @returns how to stop
   * @throws UsageError for a pattern that is none
   */
  onMatch(patterns: Pattern | readonly Pattern[], handler: (found: ProcessMatch) => void, options?: MatchOptions): () => void;
  /** Calls back for each chunk of both outputs from now on. @returns how to stop */
  onOutput(handler: (output: ProcessOutput) => void): () => void;
  /** Calls back for each line of both outputs from now on. @returns how to stop */
  onLine(handler: (output: ProcessOutput) => void): () => void;
  /** Writes an output to a stream, or to a file, which is made anew. */
  writeTo(stream: OutputName, target: Writable | string): this;
  /** The lines of an output: those that are held and those that come, no faster than they are read. */
  lines(stream?: OutputName): AsyncIterable<string>;
  stats(): Stats;
  /** @throws ProcessesFailed where something counts against it */
  throwIfFailed(): this;
}

/** What a process prints, and which one. */
export interface ProcessOutput extends OutputEvent {
  readonly process: Process;
}

/** What a process has printed that somebody waited for; at the end of its output nothing. */
export interface ProcessMatch {
  readonly process: Process;
  readonly stream: OutputName;
  readonly match: Match | undefined;
}

/** Where to look for matches, and how often. */
export interface MatchOptions {
  /** @default "stdout" */
  readonly stream?: OutputName | undefined;
  /** For each match. @default false: for the first */
  readonly repeat?: boolean | undefined;
}

/** Something that is wrong with a process, told once, when it comes to be so. */
export interface ProcessProblem {
  readonly process: Process;
  /** `handler`: one of its handlers has thrown, which harms nothing. */
  readonly kind: ProblemKind | "handler";
  readonly accepted: boolean;
  readonly message: string;
}

/**
 * What can be said of a process before it starts.
 * @example
 * const options: ProcessOptions = { timeout: "5m", accept: { exitCodes: [1] }, name: "warm up", pty: true };
 */
export interface ProcessOptions {
  /** What it is called in reports. @default the beginning of its command */
  readonly name?: string | undefined;
  /** Ends it once it has run for so long: SIGTERM, then SIGKILL. Milliseconds, or `"90s"`. @default none */
  readonly timeout?: number | string | undefined;
  /** What does not count against it. @default nothing: see `Accept` */
  readonly accept?: Accept | undefined;
  /** Which problems `onProblem` hears of. @default those that are not accepted */
  readonly log?: Log | undefined;
  /** A terminal, where stderr comes with stdout: `true` has the size of ours, and follows it. @default none */
  readonly pty?: TerminalChoice | undefined;
  /** How much of its output `stdout` and `stderr` hold. `expect` needs none of it. @default "all" */
  readonly keep?: Keep | undefined;
  /** For each `expect` that says none itself. @default "none" */
  readonly expectTimeout?: number | string | undefined;
  /** Between SIGTERM and SIGKILL; `false` for never. @default "60s" */
  readonly killGrace?: number | string | false | undefined;
  /**
   * It stays when it is left, the launcher is closed, this program dies or the link is lost: only its own end and signals end it. From then on its
   * input is at its end, and its output goes nowhere; its pid is that of its process group. Not on a terminal. @default false
   */
  readonly outlive?: boolean | undefined;
  /** All of its input. Left out, it stays open for `write`. */
  readonly stdin?: string | Uint8Array | undefined;
  readonly onStart?: ((process: Process) => void) | undefined;
  readonly onEnd?: ((process: Process) => void) | undefined;
  readonly onReset?: ((process: Process) => void) | undefined;
  /** By chunk: what comes, of both outputs. */
  readonly onOutput?: ((output: ProcessOutput) => void) | undefined;
  /** By line. */
  readonly onLine?: ((output: ProcessOutput) => void) | undefined;
  readonly onProblem?: ((problem: ProcessProblem) => void) | undefined;
}

/** Where a process runs, and how that is reached. */
export interface HostAccess {
  /** Undefined: this machine. */
  readonly host: Host | undefined;
  connect(signal: AbortSignal): Promise<Pick<Connection, "open">>;
  /** The command as it is to run there. @default as it is */
  prepare?(command: Command): Promise<Command>;
  /** What the program is given that runs it as another user, where that asks. @default nothing: it must not ask */
  password?(command: Command): Promise<Secret | undefined>;
}

/**
 * How a process ended. `failed`: it could not be started. `lost`: nobody knows how, as its connection is gone. `left`: it has not, and was let go
 * of: `outlive`.
 */
export type ProcessState =
  | { readonly state: "new" }
  | { readonly state: "starting"; readonly startDate: Date }
  | { readonly state: "running"; readonly startDate: Date; readonly pid: number }
  | {
      readonly state: "ended";
      readonly how: "exited" | "failed" | "lost" | "left";
      readonly startDate: Date;
      readonly endDate: Date;
      readonly pid: number | undefined;
      /** Of what a signal has ended: 128 and its number. */
      readonly exitCode: number | undefined;
      readonly signal: string | undefined;
      readonly error: Error | undefined;
      readonly timedOut: boolean;
      /** A signal was sent from here. */
      readonly killed: boolean;
      /** It needed SIGKILL after the one that was to end it. */
      readonly forced: boolean;
    };

export type EndedState = Extract<ProcessState, { state: "ended" }>;

/** How long to wait: what is waited for goes on. */
export interface WaitOptions {
  /** Milliseconds, or `"5s"`. @default none */
  readonly timeout?: number | string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What comes behind a signal. */
export interface KillOptions {
  /** Between SIGTERM or SIGINT and SIGKILL; `false` for never. */
  readonly grace?: number | string | false | undefined;
}

/** What has become of a number of processes, so far. */
export interface Stats {
  /** When the first was started. */
  readonly startDate: Date | undefined;
  /** When the last has ended; undefined while one has not. */
  readonly endDate: Date | undefined;
  readonly numProcesses: number;
  readonly numStarted: number;
  readonly numEnded: number;
  /** Could not be started, or were lost. */
  readonly numErrors: number;
  readonly numTimeouts: number;
  readonly numForcedKills: number;
  /** Ended with another than 0, accepted or not. */
  readonly numNonZeroExitCodes: number;
  readonly numExpectFail: number;
  readonly numWriteError: number;
  readonly numOk: number;
  readonly numFinishedOk: number;
}
