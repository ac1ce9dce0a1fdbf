/** A child process on this machine: the leader of its own session and process group. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, execFile, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { promisify } from "node:util";
import type { Secret } from "../../command/secret.ts";
import { FakeError, toError } from "../../errors.ts";
import type { ChannelEnd } from "../channel.ts";
import { findSignal } from "../command-result.ts";
import type { HostProcess } from "../framing/host-process.ts";
import { signalScript } from "../host-side/signal-script.ts";
import { LOCAL_HELD_MS } from "../limits.ts";
import { openPipes } from "./pipes.ts";

const run = promisify(execFile);

export interface ChildOptions {
  /** Its first line begins with it. */
  readonly marker: string;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<NodeJS.ProcessEnv> | undefined;
  /** Stdout and stderr come together, and a process group of its own is inside. */
  readonly terminal?: boolean | undefined;
  /** What the shell left running holds its outputs, and is not waited for. */
  readonly onHeld?: (() => void) | undefined;
}

type Streams = readonly [stdin: Writable, stdout: Readable, stderr: Readable];

export type LocalProcess = ReturnType<typeof toProcess>;

/**
 * `detached`: no terminal of ours reaches it, Ctrl-C is for `fake` alone. Its standard input is never ours.
 * @throws FakeError when it cannot be started.
 */
export async function spawnProcess(argv: readonly [string, ...string[]], options: ChildOptions): Promise<LocalProcess> {
  const [file, ...args] = argv;
  const { cwd, env } = options;
  const pipes = await openPipes();
  const stdio: StdioOptions = pipes === undefined ? "pipe" : ["pipe", ...pipes.fds];
  const child = spawn(file, args, { cwd, env, detached: true, stdio });
  pipes?.handOver();
  const { stdin, stdout, stderr } = child as ChildProcessWithoutNullStreams;
  const streams: Streams = [stdin, pipes?.stdout ?? stdout, pipes?.stderr ?? stderr];
  await once(child, "spawn").catch((error: unknown) => {
    for (const stream of streams) stream.destroy();
    throw notStarted(file, cwd, toError(error));
  });
  return toProcess(child, streams, options);
}

function toProcess(child: ChildProcess, streams: Streams, { marker, terminal = false, onHeld }: ChildOptions) {
  const [stdin, ...outputs] = streams;
  const [stdout, stderr] = outputs;
  let isOver = false;
  let isLeft = false;
  let close: (reason?: Error) => void = () => undefined;
  const closed = new Promise<Error | undefined>((resolve) => {
    close = resolve;
  });
  let abandoned: (cause: Error) => void = () => undefined;
  const ended = new Promise<ChannelEnd>((resolve) => {
    abandoned = (cause) => {
      if (local.outlives) resolve({ exitCode: undefined, signal: undefined, cause });
    };
    child.once("exit", (code, signal) => resolve(toEnd(code, signal)));
    child.once("error", (cause) => resolve({ exitCode: undefined, signal: undefined, cause }));
  });
  const destroy = (): void => {
    for (const stream of streams) stream.destroy();
  };
  const end = (): void => {
    isOver = true;
    close();
    if (isLeft) destroy();
  };
  child.on("error", close);
  const outputsEnded = Promise.all(outputs.map((stream) => new Promise((resolve) => stream.once("end", resolve))));

  /** The process has ended. Its outputs end with it, unless something else holds them. */
  function awaitOutputs(): void {
    let timer: NodeJS.Timeout | undefined;
    const giveUp = (): void => {
      if (isOver) return;
      // Who reads slowly is not waiting for anybody else.
      if (outputs.some((output) => output.readableLength > 0)) wait();
      else {
        onHeld?.();
        end();
      }
    };
    // What has arrived while something else took all the time is read first.
    const wait = (): void => {
      timer = setTimeout(() => setImmediate(giveUp), LOCAL_HELD_MS).unref();
    };
    wait();
    outputsEnded.then(() => {
      clearTimeout(timer);
      end();
    });
  }
  child.once("exit", awaitOutputs);

  const local: HostProcess & { abandon(reason: Error, grace: number): void } = {
    marker,
    pid: undefined,
    sudoPassword: undefined,
    outlives: false,
    stdin,
    stdout,
    stderr: terminal ? undefined : stderr,
    ended,
    closed,
    async signal(name, pid) {
      // What gives the terminal ends by itself when the group inside has, and passes on its last words.
      const inside = terminal ? pid : undefined;
      const { sudoPassword } = local;
      if (inside !== undefined) await signalAll(inside, name, sudoPassword);
      if (inside === undefined || name === "SIGKILL") await signalAll(child.pid, name, sudoPassword);
    },
    /** What waits in the pipes is read before. */
    catchUp: () => new Promise((resolve) => setImmediate(resolve)),
    /** Whoever opens the terminal that a process has may say how large it is; the kernel tells the process. */
    async resize({ columns, rows }) {
      const { pid } = local;
      if (pid !== undefined) await run("stty", ["-F", `/proc/${pid}/fd/0`, "rows", `${rows}`, "cols", `${columns}`]);
    },
    /** This process need not live on for it either: what is left to learn is whether the streams end. */
    release() {
      child.unref();
      isLeft = true;
      stdin.destroy();
      if (isOver) destroy();
      for (const stream of outputs) {
        stream.removeAllListeners("data").resume();
        if (stream instanceof Socket) stream.unref();
      }
    },
    /** Lets go of what outlives us. Else it ends the process group, now SIGTERM and SIGKILL after `grace` milliseconds; what it did is not waited for. */
    abandon(reason, grace) {
      close(reason);
      abandoned(reason);
      if (local.outlives) return local.release();
      signalGroup(child.pid, "SIGTERM");
      const timer = setTimeout(() => signalGroup(child.pid, "SIGKILL"), grace);
      child.once("exit", () => clearTimeout(timer));
    },
  };
  return local;
}

function toEnd(code: number | null, signal: NodeJS.Signals | null): ChannelEnd {
  if (code !== null) return { exitCode: code, signal: findSignal(code) };
  return { exitCode: signal === null ? undefined : 128 + constants.signals[signal], signal: signal ?? undefined };
}

/** Rejects when part of the group, started with sudo, could not be reached. */
async function signalAll(group: number | undefined, signal: NodeJS.Signals, sudoPassword: Secret | undefined): Promise<void> {
  if (group === undefined) return;
  const signalling = run("/bin/sh", ["-c", signalScript(signal, group, sudoPassword !== undefined)]);
  const { stdin } = signalling.child;
  stdin?.on("error", () => undefined).end(sudoPassword === undefined ? "" : `${sudoPassword.reveal()}\n`);
  await signalling.catch(() => {
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
