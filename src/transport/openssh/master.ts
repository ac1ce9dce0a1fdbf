import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { ConnectError, toError } from "../../errors.ts";
import { orAborted } from "../../wait.ts";
import { LAST_WORDS_MS, SOCKET_LOOK_MS, SSH_END_MS, SSH_REMINDER_MS } from "../limits.ts";
import type { Deadline } from "../ssh/deadline.ts";
import type { Target } from "../ssh/target.ts";
import { explainEnd, explainLoss, noProgramError } from "./errors.ts";
import type { MuxLink } from "./mux-client.ts";
import type { Supervisor } from "./supervisor.ts";
import { SshWords, type WordsOptions } from "./words.ts";

export interface MasterOptions extends WordsOptions {
  /** Name or path of OpenSSH's client. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly socket: string;
  readonly supervisor: Supervisor;
  readonly forwardAgent: boolean;
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
  readonly onStarted: (process: MasterProcess) => void;
}

/**
 * A process of ssh that is logged in to a host.
 * @throws ConnectError; the signal's reason when that aborts. No process is left then.
 */
export async function startMaster(target: Target, options: MasterOptions) {
  const process = startProcess(target, options);
  options.onStarted(process);
  const failed = process.ended.then((error) => Promise.reject(error));
  try {
    const stop = AbortSignal.any([options.signal, options.deadline.signal]);
    const { client, close } = await orAborted(Promise.race([takeUp(target, process, options), failed]), stop);
    const hangUp = (): void => {
      process.kill();
      process.ended.then(close);
    };
    return { client, ident: process.words.ident, hangUp };
  } catch (error) {
    process.kill();
    throw error;
  }
}

/** The process, from its start to its end. */
export type MasterProcess = ReturnType<typeof startProcess>;

function startProcess(target: Target, options: MasterOptions) {
  const { program, args, env, supervisor, deadline } = options;
  // A session of its own: no terminal to ask on, and Ctrl-C is for us.
  const child = spawn(program, args, { env: { ...env }, detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const words = new SshWords(options);
  const { pid } = child;
  if (pid !== undefined) supervisor.watch(pid);
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    words.push(text);
    if (!words.isLoggedIn) deadline.phase = words.phase;
  });
  let end: string | undefined;
  const ended = new Promise<Error>((resolve) => {
    child.once("error", (error) => {
      end ??= error.message;
      resolve(noProgramError(target, program, error));
    });
    child.once("exit", (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      end = how;
      if (pid !== undefined) supervisor.forget(pid);
      // A ProxyCommand may hold its standard error open for longer.
      Promise.race([new Promise((closed) => child.once("close", closed)), delay(LAST_WORDS_MS)]).then(() => {
        words.end();
        child.stderr.destroy();
        resolve(explainEnd(target, words, how));
      });
    });
  });
  return {
    words,
    /** Settles when it is no more, with what that means for who waits for the login. */
    ended,
    /** How it ended, in words. */
    end: () => end,
    kill: () => kill(child),
  };
}

/** The socket is there a moment after the login. */
async function takeUp(target: Target, process: MasterProcess, { socket, forwardAgent }: MasterOptions): Promise<MuxLink> {
  const { words, ended, end } = process;
  // While ssh logs in, and not before all that are started in this turn of the event loop: ssh2 takes its time.
  await nextTurn();
  const { connectMux } = await import("./mux-client.ts");
  await words.loggedIn;
  const reason = async (): Promise<Error> => {
    await Promise.race([ended, delay(LAST_WORDS_MS)]);
    return explainLoss(words, end() ?? "");
  };
  while (true) {
    try {
      return await connectMux(socket, { forwardAgent, reason });
    } catch (error) {
      if (!["ENOENT", "ECONNREFUSED"].includes(String((error as NodeJS.ErrnoException).code))) throw noMuxError(target, error);
      if (end() !== undefined) throw await ended;
      await delay(SOCKET_LOOK_MS);
    }
  }
}

function noMuxError(target: Target, error: unknown): Error {
  const { message } = toError(error);
  const hint = 'Transport "openssh" needs OpenSSH 7.4 or newer on this machine: see ssh -V.';
  return new ConnectError("NO_CONTROL_SOCKET", target.host, `ssh logged in to ${target.address}, but ${message}.`, {
    hint,
    cause: error,
  });
}

/** ssh looks for a signal before it waits, and does not see one that comes in between: so the signal is sent more than once. */
function kill(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const again = setInterval(() => child.kill("SIGTERM"), SSH_REMINDER_MS);
  const timer = setTimeout(() => child.kill("SIGKILL"), SSH_END_MS);
  child.once("exit", () => {
    clearInterval(again);
    clearTimeout(timer);
  });
}
