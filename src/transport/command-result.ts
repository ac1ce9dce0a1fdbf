/** How a command comes to its result: what it printed, how long it took, how it ended. */
import type { Command } from "../command/command.ts";
import { parseDuration } from "../command/duration.ts";
import { CapturedOutput } from "./output.ts";
import type { CommandResult } from "./transport.ts";

/** Numbers that Linux and the BSDs agree on, and Linux's where they don't. */
const SIGNALS: ReadonlyMap<number, string> = new Map([
  [1, "SIGHUP"],
  [2, "SIGINT"],
  [3, "SIGQUIT"],
  [4, "SIGILL"],
  [5, "SIGTRAP"],
  [6, "SIGABRT"],
  [7, "SIGBUS"],
  [8, "SIGFPE"],
  [9, "SIGKILL"],
  [10, "SIGUSR1"],
  [11, "SIGSEGV"],
  [12, "SIGUSR2"],
  [13, "SIGPIPE"],
  [14, "SIGALRM"],
  [15, "SIGTERM"],
  [24, "SIGXCPU"],
  [25, "SIGXFSZ"],
  [31, "SIGSYS"],
]);

/** What a shell's exit status above 128 says of how the command died; undefined when it says nothing. */
export function findSignal(exitStatus: number): string | undefined {
  return SIGNALS.get(exitStatus - 128);
}

/** Why a command was ended from here. `cause` explains a `failed` one. */
export interface StopReason {
  readonly status: "timed-out" | "killed" | "failed";
  readonly cause?: Error | undefined;
}

/** What is known when a command is over. */
export interface Ending {
  /** Undefined when it never came. */
  readonly exitStatus: number | undefined;
  /** It was ended from here. */
  readonly stopped?: StopReason | undefined;
  /** Why no exit status came. */
  readonly cause?: Error | undefined;
}

type Printed = Pick<CommandResult, "stdout" | "stderr" | "truncated">;

/** Of a command that has printed nothing. */
export const NOTHING: Printed = { stdout: "", stderr: "", truncated: false };

/** The result of a command that was started. */
export function toResult(command: Command, ending: Ending, printed: Printed, duration: number): CommandResult {
  const { exitStatus: exitCode, stopped } = ending;
  // A cause says that the command could not be ended for sure: it may still run.
  const isStopped = stopped !== undefined && ending.cause === undefined;
  const status = isStopped ? stopped.status : exitCode === undefined ? "unknown" : exitCode === 0 ? "ok" : "failed";
  const cause = status === "unknown" ? ending.cause : stopped?.cause;
  const signal = exitCode === undefined || exitCode <= 128 ? undefined : findSignal(exitCode);
  const { stdout, stderr, truncated } = printed;
  return Object.freeze({ command, status, exitCode, signal, stdout, stderr, truncated, duration, cause });
}

/** The result of a command that was never started. */
export function skippedResult(command: Command): CommandResult {
  return Object.freeze({ command, status: "skipped", exitCode: undefined, signal: undefined, duration: 0, ...NOTHING });
}

/** The result of a command that was sent, and of which nothing was heard. */
export function unknownResult(command: Command, cause: Error): CommandResult {
  return toResult(command, { exitStatus: undefined, cause }, NOTHING, 0);
}

/**
 * True for success, and for a non-zero exit code of the command's own where the command accepts that. After any other result a
 * flight sends nothing more, a task fails, a verb throws: nobody else decides that.
 */
export function isAccepted({ command, status, exitCode, cause }: CommandResult): boolean {
  if (status === "ok") return true;
  return command.acceptError === true && status === "failed" && exitCode !== undefined && cause === undefined;
}

export type StreamName = "stdout" | "stderr";

interface RunningOptions {
  /** Milliseconds, monotonic. @default performance.now */
  readonly now?: (() => number) | undefined;
  readonly onTimeout: () => void;
  readonly captureLimit: number | undefined;
}

/** A command that is under way: its two streams, its time limit. */
export class RunningCommand {
  readonly index: number;
  readonly command: Command;
  /** The shell's pid, which leads the process group. Undefined until its frame has come. */
  pid: number | undefined;
  readonly #options: RunningOptions;
  readonly #startedAt: number;
  readonly #timer: NodeJS.Timeout | undefined;
  /** Most commands print nothing. */
  hasPrinted = false;
  readonly #outputs: Partial<Record<StreamName, CapturedOutput>> = {};

  constructor(command: Command, index: number, options: RunningOptions) {
    this.index = index;
    this.command = command;
    this.#options = options;
    this.#startedAt = options.now?.() ?? performance.now();
    const { timeout } = command;
    this.#timer = timeout === undefined || timeout === 0 ? undefined : setTimeout(options.onTimeout, parseDuration(timeout));
  }

  /** Takes bytes of one of its streams; gives the text to show. */
  take(stream: StreamName, bytes: Uint8Array): string {
    this.hasPrinted = true;
    const known = this.#outputs[stream];
    const { captureAll } = this.command;
    const keep = captureAll && stream === "stdout" ? "all" : "tail";
    const output = known ?? new CapturedOutput({ keep, limit: this.#options.captureLimit });
    this.#outputs[stream] = output;
    return output.push(bytes);
  }

  /** True when all of stdout was to be kept, and it was too much. */
  get overflowed(): boolean {
    return this.#outputs.stdout?.overflowed === true;
  }

  /** One of its streams has ended; gives what the decoder still held. */
  close(stream: StreamName): string {
    return this.#outputs[stream]?.end() ?? "";
  }

  /** Stops the clock. */
  finish(ending: Ending): CommandResult {
    clearTimeout(this.#timer);
    const duration = (this.#options.now?.() ?? performance.now()) - this.#startedAt;
    const { stdout: out, stderr: err } = this.#outputs;
    if (!this.hasPrinted) return toResult(this.command, ending, NOTHING, duration);
    const truncated = out?.truncated === true || err?.truncated === true;
    return toResult(this.command, ending, { stdout: out?.text ?? "", stderr: err?.text ?? "", truncated }, duration);
  }
}
