/** A child process on this machine: the leader of its own session and process group. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, execFile, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { promisify } from "node:util";
import { FakeError, toError } from "../../errors.ts";
import type { ChannelEnd, TerminalSize } from "../channel.ts";
import { findSignal } from "../command-result.ts";
import type { HostProcess } from "../framing/host-process.ts";
import { signalScript } from "../host-side/signal-script.ts";
import { LOCAL_HELD_MS } from "../limits.ts";
import { openPipes } from "./pipes.ts";

const run = promisify(execFile);

export interface LocalProcess extends HostProcess {
  /** Ends the process group, now SIGTERM and SIGKILL after `grace` milliseconds; what it did is not waited for. */
  abandon(reason: Error, grace: number): void;
}

export interface SpawnOptions {
  /** Its first line begins with it. */
  readonly marker: string;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<NodeJS.ProcessEnv> | undefined;
  /** Stdout and stderr come together, and a process group of its own is inside. */
  readonly terminal?: boolean | undefined;
  /** What the shell left running holds its outputs, and is not waited for. */
  readonly onHeld?: (() => void) | undefined;
}

/**
 * `detached`: no terminal of ours reaches it, Ctrl-C is for `fake` alone. Its standard input is never ours.
 * @throws FakeError when it cannot be started.
 */
export async function spawnProcess(argv: readonly [string, ...string[]], options: SpawnOptions): Promise<LocalProcess> {
  const [file, ...args] = argv;
  const { cwd, env, marker, terminal = false } = options;
  const pipes = await openPipes();
  const stdio: StdioOptions = pipes === undefined ? "pipe" : ["pipe", ...pipes.fds];
  const child = spawn(file, args, { cwd, env, detached: true, stdio });
  pipes?.handOver();
  const { stdin, stdout, stderr } = child as ChildProcessWithoutNullStreams;
  const streams: Streams = { stdin, stdout: pipes?.stdout ?? stdout, stderr: pipes?.stderr ?? stderr };
  await once(child, "spawn").catch((error: unknown) => {
    destroy(streams);
    throw notStarted(file, cwd, toError(error));
  });
  const { closed, ended, close, letGo } = watch(child, streams, options.onHeld);
  // What gives the terminal ends by itself when the group inside has, and passes on its last words.
  const groups = (signal: NodeJS.Signals, inside: number | undefined): readonly (number | undefined)[] => {
    if (!terminal || inside === undefined) return [child.pid];
    return signal === "SIGKILL" ? [inside, child.pid] : [inside];
  };
  const started: LocalProcess = {
    marker,
    pid: undefined,
    stdin: streams.stdin,
    stdout: streams.stdout,
    stderr: terminal ? undefined : streams.stderr,
    ended,
    closed,
    async signal(name, pid) {
      for (const group of groups(name, pid)) await signalAll(group, name);
    },
    // Whoever opens the terminal that a process has may say how large it is; the kernel tells the process.
    async resize({ columns, rows }: TerminalSize) {
      if (started.pid !== undefined)
        await run("stty", ["-F", `/proc/${started.pid}/fd/0`, "rows", `${rows}`, "cols", `${columns}`]);
    },
    release() {
      child.unref();
      letGo();
    },
    abandon(reason, grace) {
      close(reason);
      signalGroup(child.pid, "SIGTERM");
      const timer = setTimeout(() => signalGroup(child.pid, "SIGKILL"), grace);
      child.once("exit", () => clearTimeout(timer));
    },
  };
  return started;
}

interface Streams {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

function destroy(streams: Streams): void {
  for (const stream of [streams.stdin, streams.stdout, streams.stderr]) stream.destroy();
}

interface Watched {
  readonly ended: Promise<ChannelEnd>;
  readonly closed: Promise<Error | undefined>;
  close(reason?: Error): void;
  /** Nobody listens any more, and this process need not live on for it: what is left to learn is whether the streams end. */
  letGo(): void;
}

function watch(child: ChildProcess, streams: Streams, onHeld: (() => void) | undefined): Watched {
  let close: (reason?: Error) => void = () => {};
  const closed = new Promise<Error | undefined>((resolve) => {
    close = resolve;
  });
  const ended = new Promise<ChannelEnd>((resolve) => {
    child.once("exit", (code, signal) => resolve(toEnd(code, signal)));
    child.once("error", (error) => resolve({ exitCode: undefined, signal: undefined, cause: toError(error) }));
  });
  const outputs = [streams.stdout, streams.stderr] as const;
  const outputsEnded = outputs.map((stream) => new Promise((resolve) => stream.once("end", resolve)));
  let isOver = false;
  let isLeft = false;
  const end = (): void => {
    isOver = true;
    close();
    if (isLeft) destroy(streams);
  };
  child.on("error", (error) => close(toError(error)));
  child.once("exit", () => {
    // What has arrived while something else took all the time is read first.
    const giveUp = (): void => {
      if (isOver) return;
      // Who reads slowly is not waiting for anybody else.
      if (outputs.some((output) => output.readableLength > 0)) wait();
      else {
        onHeld?.();
        end();
      }
    };
    let timer: NodeJS.Timeout | undefined;
    const wait = (): void => {
      timer = setTimeout(() => setImmediate(giveUp), LOCAL_HELD_MS).unref();
    };
    wait();
    Promise.all(outputsEnded).then(() => {
      clearTimeout(timer);
      end();
    });
  });
  const letGo = (): void => {
    isLeft = true;
    streams.stdin.destroy();
    if (isOver) destroy(streams);
    for (const stream of outputs) {
      stream.removeAllListeners("data").resume();
      if (stream instanceof Socket) stream.unref();
    }
  };
  return { ended, closed, close, letGo };
}

function toEnd(code: number | null, signal: NodeJS.Signals | null): ChannelEnd {
  if (code !== null) return { exitCode: code, signal: findSignal(code) };
  return { exitCode: signal === null ? undefined : 128 + constants.signals[signal], signal: signal ?? undefined };
}

/** Rejects when part of the group, started with sudo, could not be reached. */
async function signalAll(group: number | undefined, signal: NodeJS.Signals): Promise<void> {
  if (group === undefined) return;
  await run("/bin/sh", ["-c", signalScript(signal, group)]).catch(() => {
    throw new Error("part of it belongs to a user whose processes we may not end");
  });
}

/** At once, and as far as our rights go. A group that is gone needs no signal. */
function signalGroup(group: number | undefined, signal: NodeJS.Signals): void {
  if (group === undefined) return;
  try {
    process.kill(-group, signal);
  } catch {
    // Gone, or not ours: nobody waits for what becomes of it.
  }
}

function notStarted(file: string, cwd: string | undefined, cause: Error): FakeError {
  const where = cwd === undefined ? "" : ` in ${cwd}`;
  return new FakeError("LOCAL_SHELL", `${file} could not be started on this machine${where}: ${cause.message}`, {
    cause,
    hint: "Is the directory there, and may you enter it?",
  });
}
