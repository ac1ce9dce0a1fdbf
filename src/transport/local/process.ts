/** A child process on this machine as a channel for the framing: the leader of its own session and process group. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { FakeError, toError } from "../../errors.ts";
import type { ShellChannel } from "../framing/channel.ts";

export interface LocalProcess extends ShellChannel {
  /** Ends the process group, now SIGTERM and SIGKILL after `grace` milliseconds; what it did is not waited for. */
  abandon(reason: Error, grace: number): void;
}

export interface SpawnOptions {
  readonly cwd?: string | undefined;
  readonly env?: Readonly<NodeJS.ProcessEnv> | undefined;
  /** Stdout and stderr come together, and a process group of its own is inside. */
  readonly terminal?: boolean | undefined;
}

/** Milliseconds in which the streams end once the shell has: longer, and a daemon holds their other ends. */
const LINGER = 300;

/**
 * `detached`: no terminal of ours reaches it, Ctrl-C is for `fake` alone. Its standard input is never ours.
 * @throws FakeError when it cannot be started.
 */
export async function spawnProcess(argv: readonly [string, ...string[]], options: SpawnOptions): Promise<LocalProcess> {
  const [file, ...args] = argv;
  const child = spawn(file, args, { cwd: options.cwd, env: options.env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  await once(child, "spawn").catch((error: unknown) => {
    throw notStarted(file, options.cwd, toError(error));
  });
  const { closed, close } = watch(child);
  const send = (signal: "SIGTERM" | "SIGKILL", processGroup: number | undefined): void => {
    const inner = options.terminal === true ? processGroup : undefined;
    signalGroup(inner, signal);
    // What gives the terminal ends by itself when the group inside has, and passes on its last words.
    if (inner === undefined || signal === "SIGKILL") signalGroup(child.pid, signal);
  };
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: options.terminal === true ? undefined : child.stderr,
    closed,
    kill: async (signal, processGroup) => send(signal, processGroup),
    release() {
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
    },
    abandon(reason, grace) {
      close(reason);
      send("SIGTERM", undefined);
      const timer = setTimeout(() => send("SIGKILL", undefined), grace);
      child.once("exit", () => clearTimeout(timer));
    },
  };
}

function watch(child: ChildProcessWithoutNullStreams): { closed: Promise<Error | undefined>; close(reason?: Error): void } {
  let close: (reason?: Error) => void = () => {};
  const closed = new Promise<Error | undefined>((resolve) => {
    close = resolve;
  });
  child.on("error", (error) => close(toError(error)));
  child.once("close", () => close());
  child.once("exit", () => {
    setTimeout(() => close(), LINGER).unref();
  });
  return { closed, close };
}

/** A group that is gone, or that is not there yet, needs no signal. */
function signalGroup(processGroup: number | undefined, signal: NodeJS.Signals): void {
  if (processGroup === undefined) return;
  try {
    process.kill(-processGroup, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function notStarted(file: string, cwd: string | undefined, cause: Error): FakeError {
  const where = cwd === undefined ? "" : ` in ${cwd}`;
  return new FakeError("LOCAL_SHELL", `${file} could not be started on this machine${where}: ${cause.message}`, {
    cause,
    hint: "Is the directory there, and may you enter it?",
  });
}
