/** The command of a flight that is under way: its two streams, its time limit, its result. */
import type { Command } from "../../command/command.ts";
import { parseDuration } from "../../command/duration.ts";
import { type Ending, NOTHING, toResult } from "../command-result.ts";
import type { CommandResult } from "../transport.ts";
import { createOutput, type Output } from "./output.ts";

export type StreamName = "stdout" | "stderr";

export interface RunningOptions {
  /** Milliseconds, monotonic. @default performance.now */
  readonly now?: (() => number) | undefined;
  readonly onTimeout: () => void;
  readonly captureLimit: number | undefined;
}

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
  #stdout: Output | undefined;
  #stderr: Output | undefined;

  constructor(command: Command, index: number, options: RunningOptions) {
    this.index = index;
    this.command = command;
    this.#options = options;
    this.#startedAt = options.now?.() ?? performance.now();
    const { timeout } = command;
    this.#timer = timeout === undefined ? undefined : setTimeout(options.onTimeout, parseDuration(timeout));
  }

  /** Takes bytes of one of its streams; gives the text to show. */
  take(stream: StreamName, bytes: Uint8Array): string {
    this.hasPrinted = true;
    if (stream === "stderr") this.#stderr ??= createOutput();
    else this.#stdout ??= createOutput({ all: this.command.captureAll, limit: this.#options.captureLimit });
    return (stream === "stderr" ? this.#stderr : this.#stdout)?.push(bytes) ?? "";
  }

  /** True when all of stdout was to be kept, and it was too much. */
  get overflowed(): boolean {
    return this.#stdout?.overflowed === true;
  }

  /** One of its streams has ended; gives what the decoder still held. */
  close(stream: StreamName): string {
    return (stream === "stderr" ? this.#stderr : this.#stdout)?.end() ?? "";
  }

  /** Stops the clock. */
  finish(ending: Ending): CommandResult {
    clearTimeout(this.#timer);
    const duration = (this.#options.now?.() ?? performance.now()) - this.#startedAt;
    const [out, err] = [this.#stdout, this.#stderr];
    if (!this.hasPrinted) return toResult(this.command, ending, NOTHING, duration);
    const truncated = out?.truncated === true || err?.truncated === true;
    return toResult(this.command, ending, { stdout: out?.text ?? "", stderr: err?.text ?? "", truncated }, duration);
  }
}
