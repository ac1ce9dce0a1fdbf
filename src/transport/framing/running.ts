/** The command of a flight that is under way: its two streams, its time limit, its result. */
import type { Command } from "../../command/command.ts";
import { type Ending, toResult } from "../command-result.ts";
import type { CommandResult } from "../transport.ts";
import { createOutput, type Output } from "./output.ts";

export type StreamName = "stdout" | "stderr";

export interface RunningCommand {
  readonly index: number;
  readonly command: Command;
  /** The shell's pid, which leads the process group. Undefined until its frame has come. */
  pid: number | undefined;
  /** Takes bytes of one of its streams; gives the text to show. */
  take(stream: StreamName, bytes: Uint8Array): string;
  /** True when all of stdout was to be kept, and it was too much. */
  readonly overflowed: boolean;
  /** No more timeout; gives what the decoders still held. */
  close(stream: StreamName): string;
  /** Stops the clock. */
  finish(ending: Ending): CommandResult;
}

export interface RunningOptions {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Milliseconds. @default none */
  readonly timeout: number | undefined;
  readonly onTimeout: () => void;
  readonly captureLimit: number | undefined;
}

export function startCommand(command: Command, index: number, options: RunningOptions): RunningCommand {
  const startedAt = options.now();
  const timer = options.timeout === undefined ? undefined : setTimeout(options.onTimeout, options.timeout);
  const outputs: Readonly<Record<StreamName, Output>> = {
    stdout: createOutput({ all: command.captureAll, limit: options.captureLimit }),
    stderr: createOutput(),
  };
  return {
    index,
    command,
    pid: undefined,
    take: (stream, bytes) => outputs[stream].push(bytes),
    get overflowed() {
      return outputs.stdout.overflowed;
    },
    close: (stream) => outputs[stream].end(),
    finish(ending) {
      clearTimeout(timer);
      const { stdout, stderr } = outputs;
      const printed = { stdout: stdout.text, stderr: stderr.text, truncated: stdout.truncated || stderr.truncated };
      return toResult(command, ending, printed, options.now() - startedAt);
    },
  };
}
