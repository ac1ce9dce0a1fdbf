import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "../command/command.ts";
import { parseDuration } from "../command/duration.ts";
import { ConnectError } from "../errors.ts";
import type { Channel, ChannelEnd } from "../transport/channel.ts";
import { toChannelScript } from "./channel-script.ts";
import type { Output, OutputName } from "./output.ts";
import type { EndedState, HostAccess, ProcessOptions } from "./process.ts";
import { followTerminal, toTerminal } from "./terminal.ts";

/** Between a signal that is to end a process and SIGKILL. Milliseconds. */
const KILL_GRACE_MS = 60_000;
/** For outputs that are still open when the process has ended: something that it has left running holds them. Milliseconds. */
const HELD_MS = 1000;
/** So often it is looked meanwhile. */
const LOOKS = 4;

/** Signals that say to end, and that a process may be deaf to. */
const ENDING: ReadonlySet<string> = new Set(["SIGTERM", "SIGINT"]);

/** What is started. */
export interface LifeParts {
  readonly command: Command;
  readonly access: HostAccess;
  readonly options: ProcessOptions;
  readonly outputs: Readonly<Record<OutputName, Output>>;
}

/** One start of a process, to its end: what is under way then, and how it is stopped. */
export class Life {
  /** Settles when it runs, or never will. */
  readonly started: Promise<void>;
  readonly ended: Promise<void>;
  channel: Channel | undefined;
  killed = false;
  forced = false;
  timedOut = false;
  /** It was let go of, and goes on. */
  left = false;
  readonly #parts: LifeParts;
  /** Ends the attempt to start it. */
  readonly #opening = new AbortController();
  /** Who waits for something that will not come any more when it has ended. */
  readonly #waiting = new Set<() => void>();
  /** Settles when it is let go of: its channel never ends then. */
  readonly #letGo: Promise<ChannelEnd>;
  #leave: (end: ChannelEnd) => void = () => undefined;
  #hasEnded = false;
  /** Pieces of output so far. */
  #pieces = 0;
  #escalation: NodeJS.Timeout | undefined;
  #begin: () => void = () => undefined;
  #end: () => void = () => undefined;

  constructor(parts: LifeParts) {
    this.#parts = parts;
    this.started = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.#letGo = new Promise((resolve) => {
      this.#leave = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Starts it, and reads what it prints to the end. @throws when it could not be started @param onRunning hears of its pid */
  async live(onRunning: (pid: number) => void): Promise<ChannelEnd> {
    const { command, access, options } = this.#parts;
    const { timeout, pty, stdin, outlive } = options;
    const { signal } = this.#opening;
    const prepared = (await access.prepare?.(command)) ?? command;
    const script = toChannelScript({ ...prepared, pty: pty !== undefined && pty !== false }, await access.password?.(prepared));
    const connection = await access.connect(signal);
    const channel = await connection.open({ script, terminal: toTerminal(pty), outlive, signal });
    this.channel = channel;
    const read = Promise.all([this.#read("stdout", channel), this.#read("stderr", channel)]);
    channel.stdin.on("error", () => undefined);
    if (stdin !== undefined) channel.stdin.end(stdin);
    const resize = (size: Parameters<Channel["resize"]>[0]): void => void channel.resize(size).catch(() => undefined);
    const unfollow = pty === true ? followTerminal(resize) : undefined;
    const timer = timeout === undefined ? undefined : setTimeout(() => this.#timeOut(), parseDuration(timeout));
    onRunning(channel.pid);
    this.#begin();
    const end = await Promise.race([channel.ended, this.#letGo]);
    clearTimeout(timer);
    clearTimeout(this.#escalation);
    unfollow?.();
    if (!this.left) await Promise.race([read, this.#untilQuiet()]);
    return end;
  }

  /** @param end why it could not be started where it is an error */
  toOutcome(end: ChannelEnd | Error): Omit<EndedState, "state" | "startDate" | "endDate"> {
    const { killed, forced, timedOut, channel } = this;
    const about = { pid: channel?.pid, killed, forced, timedOut };
    const unknown = { ...about, exitCode: undefined, signal: undefined, error: undefined };
    // Killed before it ran, it was not to run.
    if (end instanceof Error) return { ...unknown, how: "failed", error: killed ? undefined : end };
    const { exitCode, signal, cause: error } = end;
    if (this.left || (error !== undefined && this.#isClosedFromHere(error))) return { ...unknown, how: "left" };
    return { ...about, how: error === undefined ? "exited" : "lost", exitCode, signal, error };
  }

  /** Lets go of what is to outlive us, once it runs; not of what is to end. */
  async leave(): Promise<void> {
    await this.started;
    if (this.killed || this.timedOut) return;
    this.left = true;
    this.#leave({ exitCode: undefined, signal: undefined });
    this.channel?.close();
  }

  /** A link that broke is another matter. */
  #isClosedFromHere(error: Error): boolean {
    return this.#parts.options.outlive === true && error instanceof ConnectError && error.code === "CONNECTION_CLOSED";
  }

  /** Nobody has to wait for it any more. */
  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#escalation);
    this.#begin();
    this.#end();
    for (const done of this.#waiting) done();
  }

  /** Until the work calls back, or the process has ended. */
  orEnded(work: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        resolve();
      };
      this.#waiting.add(done);
      work(done);
    });
  }

  /** @param grace until SIGKILL, behind a signal that is to end it; `false` for never */
  kill(signal: NodeJS.Signals, grace: number | string | false = this.#parts.options.killGrace ?? KILL_GRACE_MS): void {
    const isToEnd = ENDING.has(signal);
    const milliseconds = grace === false ? undefined : parseDuration(grace);
    if (this.channel === undefined) {
      if (isToEnd || signal === "SIGKILL") this.#opening.abort(new Error("It was killed before it ran."));
      else void this.started.then(() => this.#send(signal));
      return;
    }
    this.#send(signal);
    if (milliseconds === undefined || !isToEnd || this.#escalation !== undefined) return;
    this.#escalation = setTimeout(() => {
      this.forced = true;
      this.#send("SIGKILL");
    }, milliseconds);
  }

  #timeOut(): void {
    this.timedOut = true;
    this.kill("SIGTERM");
  }

  #send(signal: NodeJS.Signals): void {
    if (this.#hasEnded) return;
    // What cannot be reached is told by its end, or by the connection's.
    this.channel?.signal(signal).catch(() => undefined);
  }

  /** Settles when all was read: no faster than whoever reads it here. */
  #read(name: OutputName, { [name]: stream }: Channel): Promise<void> {
    const output = this.#parts.outputs[name];
    if (stream === undefined) return Promise.resolve();
    stream.on("data", (chunk: Buffer) => {
      output.push(chunk);
      this.#pieces += 1;
      if (!output.isFull) return;
      stream.pause();
      output.onDrain(() => stream.resume());
    });
    return new Promise((resolve) => {
      for (const event of ["end", "close", "error"]) stream.once(event, () => resolve());
    });
  }

  /**
   * What it has left running may hold its outputs for good. What comes slowly, or is read slowly, is another matter, and so is a link that was slow
   * to carry it: nothing may have come though the host had sent all that it had.
   */
  async #untilQuiet(): Promise<void> {
    for (let quiet = 0; quiet < LOOKS; quiet++) {
      const before = this.#pieces;
      await delay(HELD_MS / LOOKS, undefined, { ref: false });
      if (this.#hasEnded) return;
      await this.channel?.catchUp();
      if (this.#pieces > before || this.#isBehind) quiet = -1;
    }
  }

  get #isBehind(): boolean {
    return Object.values(this.#parts.outputs).some((output) => output.isFull);
  }
}
