import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
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

/** One process of ssh that is logged in to a host. */
export interface Master {
  readonly client: MuxLink["client"];
  /** Ends the process. */
  hangUp(): void;
}

/** @throws ConnectError; the signal's reason when that aborts. No process is left then. */
export async function startMaster(target: Target, options: MasterOptions): Promise<Master> {
  const { deadline, signal } = options;
  const process = startProcess(target, options);
  options.onStarted(process);
  const stop = AbortSignal.any([signal, deadline.signal]);
  const failed = process.ended.then((error) => Promise.reject(error));
  failed.catch(() => undefined);
  try {
    const [{ connectMux }] = await orAborted(Promise.race([Promise.all([loadMux(), process.loggedIn]), failed]), stop);
    const link = await orAborted(Promise.race([takeUp(connectMux, target, process, options), failed]), stop);
    return { client: link.client, hangUp: () => hangUp(process, link) };
  } catch (error) {
    process.kill();
    throw error;
  }
}

/** While ssh logs in, and not before all that are started in this turn of the event loop: ssh2 takes its time. */
async function loadMux(): Promise<typeof import("./mux-client.ts")> {
  await new Promise((resolve) => setImmediate(resolve));
  return await import("./mux-client.ts");
}

/** The process, from its start to its end. */
export interface MasterProcess {
  readonly words: SshWords;
  readonly loggedIn: Promise<void>;
  /** Settles when it is no more, with what that means for who waits for the login. */
  readonly ended: Promise<Error>;
  readonly isOver: () => boolean;
  /** How it ended, in words. */
  readonly end: () => string;
  kill(): void;
}

function startProcess(target: Target, options: MasterOptions): MasterProcess {
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
  let how = "";
  let isOver = false;
  const ended = new Promise<Error>((resolve) => {
    child.once("error", (error) => {
      isOver = true;
      resolve(noProgramError(target, program, error));
    });
    child.once("exit", (code, signal) => {
      isOver = true;
      how = signal ?? `exit code ${code}`;
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
    ended,
    loggedIn: new Promise((resolve) => words.onLoggedIn(resolve)),
    isOver: () => isOver,
    end: () => how,
    kill: () => kill(child),
  };
}

/** The socket is there a moment after the login. */
async function takeUp(
  connectMux: typeof import("./mux-client.ts").connectMux,
  target: Target,
  process: MasterProcess,
  { socket, forwardAgent }: MasterOptions,
): Promise<MuxLink> {
  const reason = async (): Promise<Error | undefined> => {
    await Promise.race([process.ended, delay(LAST_WORDS_MS)]);
    return explainLoss(process.words, process.end());
  };
  while (true) {
    try {
      return await connectMux(socket, { forwardAgent, reason });
    } catch (error) {
      if (!["ENOENT", "ECONNREFUSED"].includes(String((error as NodeJS.ErrnoException).code))) throw noMuxError(target, error);
      if (process.isOver()) throw await process.ended;
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

function hangUp(process: MasterProcess, link: MuxLink): void {
  process.kill();
  process.ended.then(() => link.close());
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
