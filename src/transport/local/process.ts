/** A child process on this machine as a channel for the framing: the leader of its own session and process group. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, execFile, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { promisify } from "node:util";
import { FakeError, toError } from "../../errors.ts";
import type { ShellChannel } from "../framing/channel.ts";
import { signalScript } from "../framing/signal-script.ts";
import { openPipes } from "./pipes.ts";

const run = promisify(execFile);

type Signal = "SIGTERM" | "SIGKILL";

export interface LocalProcess extends ShellChannel {
  /** Ends the process group, now SIGTERM and SIGKILL after `grace` milliseconds; what it did is not waited for. */
  abandon(reason: Error, grace: number): void;
}

export interface SpawnOptions {
  readonly cwd?: string | undefined;
  readonly env?: Readonly<NodeJS.ProcessEnv> | undefined;
  /** Stdout and stderr come together, and a process group of its own is inside. */
  readonly terminal?: boolean | undefined;
  /** What the shell left running holds its outputs, and is not waited for. */
  readonly onHeld?: (() => void) | undefined;
}

/** Milliseconds in which the streams end once the shell has: longer, and a daemon holds their other ends. */
const LINGER = 300;

/**
 * `detached`: no terminal of ours reaches it, Ctrl-C is for `fake` alone. Its standard input is never ours.
 * @throws FakeError when it cannot be started.
 */
export async function spawnProcess(argv: readonly [string, ...string[]], options: SpawnOptions): Promise<LocalProcess> {
  const [file, ...args] = argv;
  const pipes = await openPipes();
  const stdio: StdioOptions = pipes === undefined ? "pipe" : ["pipe", ...pipes.fds];
  const child = spawn(file, args, { cwd: options.cwd, env: options.env, detached: true, stdio });
  pipes?.handOver();
  const { stdin, stdout, stderr } = child as ChildProcessWithoutNullStreams;
  const streams: Streams = { stdin, stdout: pipes?.stdout ?? stdout, stderr: pipes?.stderr ?? stderr };
  await once(child, "spawn").catch((error: unknown) => {
    destroy(streams);
    throw notStarted(file, options.cwd, toError(error));
  });
  const { closed, close, letGo } = watch(child, streams, options.onHeld);
  // What gives the terminal ends by itself when the group inside has, and passes on its last words.
  const groups = (signal: Signal, inside: number | undefined): readonly (number | undefined)[] => {
    if (options.terminal !== true || inside === undefined) return [child.pid];
    return signal === "SIGTERM" ? [inside] : [inside, child.pid];
  };
  return {
    stdin: streams.stdin,
    stdout: streams.stdout,
    stderr: options.terminal === true ? undefined : streams.stderr,
    closed,
    async kill(signal, processGroup) {
      for (const group of groups(signal, processGroup)) await signalAll(group, signal);
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
  const outputs = [streams.stdout, streams.stderr] as const;
  const ended = outputs.map((stream) => new Promise((resolve) => stream.once("end", resolve)));
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
      onHeld?.();
      end();
    };
    const timer = setTimeout(() => setImmediate(giveUp), LINGER).unref();
    Promise.all(ended).then(() => {
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
  return { closed, close, letGo };
}

/** Rejects when part of the group, started with sudo, could not be reached. */
async function signalAll(group: number | undefined, signal: Signal): Promise<void> {
  if (group === undefined) return;
  await run("/bin/sh", ["-c", signalScript(signal, group)]).catch(() => {
    throw new Error("part of it belongs to a user whose processes we may not end");
  });
}

/** At once, and as far as our rights go. A group that is gone needs no signal. */
function signalGroup(group: number | undefined, signal: Signal): void {
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
