import { randomBytes } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import type { Client, ClientChannel, ExecOptions, PseudoTtyOptions } from "ssh2";
import type { ShellChannel } from "../framing/channel.ts";
import { LOADER_SCRIPT, PTY_LOADER_SCRIPT, SHELL } from "../framing/script.ts";
import { NoSessionError, signalSession } from "./kill.ts";
import { PidGate } from "./pid-gate.ts";

/** What runs on a channel: a shell for flights, a loader for one command, the same on a terminal. */
export type ChannelKind = "flight" | "exec" | "terminal";

const BODIES: Readonly<Record<ChannelKind, string>> = { flight: SHELL, exec: LOADER_SCRIPT, terminal: PTY_LOADER_SCRIPT };

/** No echo, so that no input is ever printed; no colours, pagers or cursor movements. */
const TERMINAL: PseudoTtyOptions = { term: "dumb", cols: 160, rows: 50, modes: { ECHO: 0 } };

/** Milliseconds in which a shell says its pid when it has to be killed before it said it. */
const PID_PATIENCE = 2000;

/** Milliseconds in which a shell without input ends. */
const LINGER = 1000;

/** What a channel needs of its connection. */
export interface ChannelHost {
  /** Sends a signal to a process group over another session. Rejects when it could not be delivered. */
  readonly signalGroup: (signal: "SIGTERM" | "SIGKILL", processGroup: number) => Promise<void>;
  /** Why the link is gone, once it is. */
  readonly lost: () => Error | undefined;
}

/** A session channel with a POSIX shell in it, which has said its pid or is about to. */
export interface SshChannel extends ShellChannel {
  /** Undefined when it ended before its shell had started. */
  readonly pid: Promise<number | undefined>;
  /** What was printed instead, by a login script or a shell that lets nobody in. */
  readonly noise: () => string;
  readonly isOpen: () => boolean;
  /** Not yet released: something runs in it. */
  readonly isBusy: () => boolean;
  /** Settles when the server has let go of the session, or the link is gone. */
  readonly gone: Promise<void>;
  /** The connection is closed from here: nothing more will come. */
  abandon(reason: Error): void;
}

/** Opens a session and starts the shell in it. Rejects with ssh2's error. */
export function openChannel(client: Client, kind: ChannelKind, host: ChannelHost): Promise<SshChannel> {
  const marker = `@fake:${randomBytes(8).toString("hex")}`;
  // In single quotes, without any inside: the same text in every login shell, csh and fish included.
  const line = `exec /bin/sh -c 'echo ${marker} $$; ${BODIES[kind]}'`;
  return new Promise((resolve, reject) => {
    const options: ExecOptions = kind === "terminal" ? { pty: TERMINAL } : {};
    client.exec(line, options, (error, channel) => {
      if (error !== undefined) reject(error);
      else resolve(toShellChannel(channel, { ...host, marker, kind }));
    });
  });
}

interface ChannelParts extends ChannelHost {
  readonly marker: string;
  readonly kind: ChannelKind;
}

function toShellChannel(channel: ClientChannel, parts: ChannelParts): SshChannel {
  const gate = new PidGate(parts.marker);
  channel.pipe(gate);
  if (parts.kind === "terminal") channel.stderr.resume();
  const { closed, abandon } = watch(channel, gate, parts.lost);
  const exited = new Promise<void>((resolve) => channel.once("exit", () => resolve()));
  let open = true;
  let busy = true;
  closed.then(() => {
    open = false;
    gate.giveUp();
  });
  return {
    stdin: channel as Writable,
    stdout: gate,
    stderr: parts.kind === "terminal" ? undefined : channel.stderr,
    closed,
    pid: gate.pid,
    noise: () => gate.noise,
    isOpen: () => open && channel.writable,
    isBusy: () => busy,
    gone: new Promise((resolve) => channel.once("close", () => resolve())),
    abandon,
    async kill(signal, processGroup) {
      const group = processGroup ?? (await within(PID_PATIENCE, gate.pid));
      if (group !== undefined) return signalFrom(channel, signal, () => parts.signalGroup(signal, group));
      if (!open) return;
      signalSession(channel, signal);
      channel.close();
      throw new Error("the shell on the host did not start");
    },
    release() {
      busy = false;
      for (const stream of [gate, channel.stderr]) stream.resume();
      channel.end();
      closeWhenEnded(channel, exited);
    },
  };
}

/**
 * sshd counts a session until its shell has ended: closed before, it would still stand in the way of the next one. What the
 * shell leaves running may hold its streams for ever, and is not waited for.
 */
function closeWhenEnded(channel: ClientChannel, exited: Promise<void>): void {
  const timer = setTimeout(() => channel.close(), LINGER).unref();
  exited.then(() => {
    clearTimeout(timer);
    channel.close();
  });
}

/** Where there is no session to spare, sshd can signal what it started itself. It does not say whether it did. */
async function signalFrom(channel: ClientChannel, signal: string, overAnother: () => Promise<void>): Promise<void> {
  try {
    await overAnother();
  } catch (error) {
    if (!(error instanceof NoSessionError)) throw error;
    signalSession(channel, signal);
    if (signal === "SIGKILL") throw error;
  }
}

/** Nothing more comes when both streams and the channel have ended: ssh2 says "close" while stderr may still hold bytes. */
function watch(
  channel: ClientChannel,
  stdout: Readable,
  lost: () => Error | undefined,
): { readonly closed: Promise<Error | undefined>; readonly abandon: (reason: Error) => void } {
  let abandon: (reason: Error) => void = () => undefined;
  const abandoned = new Promise<Error>((resolve) => {
    abandon = resolve;
  });
  const events = [
    [channel, "close"],
    [stdout, "end"],
    [channel.stderr, "end"],
  ] as const;
  const ended = Promise.all(events.map(([stream, event]) => new Promise<void>((resolve) => stream.once(event, () => resolve()))));
  channel.on("error", () => undefined);
  return { closed: Promise.race([ended.then(lost), abandoned]), abandon };
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
