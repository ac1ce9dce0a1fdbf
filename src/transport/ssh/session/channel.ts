import type { Readable, Writable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { within } from "../../../wait.ts";
import { BEAT_LINE } from "../../framing/guard.ts";
import { writeSessionPrelude } from "../../framing/script.ts";
import { NoSessionError, signalSession } from "./kill.ts";
import { PidGate } from "./pid-gate.ts";

/** What runs on a channel: a shell for flights, a loader for one command, the same on a terminal. */
export type ChannelKind = "flight" | "exec" | "terminal";

/** Milliseconds in which a shell says its pid when it has to be killed before it said it. */
const PID_PATIENCE = 2000;

/** Milliseconds in which a shell without input ends. */
const LINGER = 1000;

/** Milliseconds after its shell's end in which a session closes, unless something holds it. */
const HELD = 1000;

/** Bytes that what a shell left running may print: more are not worth the way. */
const LAST_WORDS = 1024 * 1024;

/** What a channel needs of its connection. */
export interface ChannelHost {
  /** Sends a signal to a process group over another session. Rejects when it could not be delivered. */
  readonly signalGroup: (signal: "SIGTERM" | "SIGKILL", processGroup: number) => Promise<void>;
  /** Why the link is gone, once it is. */
  readonly lost: () => Error | undefined;
  /** A session is held open by nothing but what its shell left running. */
  readonly left: () => void;
  /** It has been so for a while. */
  readonly held: () => void;
  /** How often the host is told that the client lives, in milliseconds. */
  readonly beat: number;
}

interface ChannelParts extends ChannelHost {
  readonly marker: string;
  readonly kind: ChannelKind;
}

/** A session channel with a POSIX shell in it, which has said its pid or is about to. It is used once, or flight after flight. */
export class SshChannel {
  readonly kind: ChannelKind;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable | undefined;
  /** Undefined when it ended before its shell had started. */
  readonly pid: Promise<number | undefined>;
  /** Settles when the server has let go of the session, or the link is gone. */
  readonly gone: Promise<void>;
  /** The connection is closed from here: nothing more will come. */
  readonly abandon: (reason: Error) => void;
  readonly #channel: ClientChannel;
  readonly #gate: PidGate;
  readonly #parts: ChannelParts;
  /** `left`: its shell has ended, what it left running has not. */
  #state: "busy" | "idle" | "released" | "left" = "busy";
  #hasEnded = false;
  #isClosed = false;
  #lastWords = 0;
  #beats: NodeJS.Timeout | undefined;
  /** Until a released shell has ended. */
  #lingering: NodeJS.Timeout | undefined;
  #onClosed: (error: Error | undefined) => void = () => undefined;

  constructor(channel: ClientChannel, parts: ChannelParts) {
    const gate = new PidGate(parts.marker);
    channel.pipe(gate);
    if (parts.kind === "terminal") channel.stderr.resume();
    for (const stream of [channel, gate, channel.stderr]) stream.on("error", () => undefined);
    const { closed, abandon } = watch(channel, gate, parts.lost);
    this.kind = parts.kind;
    this.stdin = channel;
    this.stdout = gate;
    this.stderr = parts.kind === "terminal" ? undefined : channel.stderr;
    this.pid = gate.pid;
    this.gone = new Promise((resolve) => channel.once("close", () => resolve()));
    this.abandon = abandon;
    this.#channel = channel;
    this.#gate = gate;
    this.#parts = parts;
    if (parts.kind === "flight") this.#introduce();
    channel.once("exit", () => {
      this.#hasEnded = true;
      clearTimeout(this.#lingering);
      if (this.#state === "released") this.#leave();
    });
    closed.then((error) => {
      this.#isClosed = true;
      clearInterval(this.#beats);
      clearTimeout(this.#lingering);
      gate.giveUp();
      this.#onClosed(error);
    });
  }

  /** True as long as its shell may read what is written. */
  get isOpen(): boolean {
    return !this.#hasEnded && !this.#isClosed && this.#channel.writable;
  }

  /** Something runs in it. */
  get isBusy(): boolean {
    return this.#state === "busy";
  }

  /** Only what its shell left running holds it open. */
  get isLeft(): boolean {
    return this.#state === "left";
  }

  /** What was printed before the shell started: by a login script, or by a shell that lets nobody in. */
  get noise(): string {
    return this.#gate.noise;
  }

  /** Begins a use; gives what settles when nothing more will come, with an error when the link was lost. */
  use(): Promise<Error | undefined> {
    this.#state = "busy";
    return new Promise((resolve) => {
      // In place of the last use's, so that nothing is kept of the many that a session may have.
      this.#onClosed = resolve;
      if (this.#isClosed) resolve(this.#parts.lost());
    });
  }

  /** Writes a flight. */
  send(script: string): void {
    this.stdin.write(script);
  }

  /** Ends a use, to be followed by another. */
  rest(): void {
    this.#state = "idle";
  }

  async kill(signal: "SIGTERM" | "SIGKILL", processGroup: number | undefined): Promise<void> {
    const group = processGroup ?? (await within(PID_PATIENCE, this.#gate.pid));
    if (group !== undefined) return signalFrom(this.#channel, signal, () => this.#parts.signalGroup(signal, group));
    if (this.#isClosed) return;
    signalSession(this.#channel, signal);
    this.#channel.close();
    throw new Error("the shell on the host did not start");
  }

  /**
   * Ends the last use. sshd counts a session until its shell has ended: closed before, it would still stand in the way of
   * the next one.
   */
  release(): void {
    this.#state = "released";
    for (const stream of [this.#gate, this.#channel.stderr]) stream.resume();
    this.#channel.end();
    if (this.#hasEnded) {
      this.#leave();
    } else if (!this.#isClosed) {
      this.#lingering = setTimeout(() => this.close(), LINGER).unref();
    }
  }

  /** Takes its streams away from what still holds them. */
  close(): void {
    this.#channel.close();
  }

  /** What the shell has to know, at once: one that is never sent a flight has to notice, too, when nobody is there any more. */
  #introduce(): void {
    const { beat } = this.#parts;
    this.stdin.write(writeSessionPrelude(beat));
    this.#beats = setInterval(() => this.#beat(), beat).unref();
  }

  /** Without it the host ends what runs here. */
  #beat(): void {
    if (this.isOpen && this.#state !== "released") this.stdin.write(BEAT_LINE);
    else clearInterval(this.#beats);
  }

  /** The server closes it when nothing holds it. What does gets SIGPIPE once it is closed: that can wait for a better reason. */
  #leave(): void {
    this.#state = "left";
    this.#parts.left();
    const timer = setTimeout(this.#parts.held, HELD).unref();
    // It may have gone already.
    this.gone.then(() => clearTimeout(timer));
    for (const stream of [this.#gate, this.#channel.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.#lastWords += chunk.length;
        if (this.#lastWords > LAST_WORDS) this.close();
      });
    }
  }
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
  return { closed: Promise.race([ended.then(lost), abandoned]), abandon };
}
