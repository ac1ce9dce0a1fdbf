import type { Readable, Writable } from "node:stream";
import type { ClientChannel } from "ssh2";
import type { Secret } from "../../../command/secret.ts";
import { orAborted, within } from "../../../wait.ts";
import type { ChannelEnd, TerminalSize } from "../../channel.ts";
import type { HostProcess, TerminalRequest } from "../../framing/host-process.ts";
import { createMarker } from "../../framing/script.ts";
import { takePid } from "../../framing/splitter.ts";
import { type Prelude, SESSION_PRELUDE, SINGLE_PRELUDE, startText } from "../../framing/start-text.ts";
import { Started } from "../../framing/started.ts";
import { BEAT_LINE, replaceShell } from "../../host-side/guard.ts";
import { CATCH_UP_MS, HELD_MS, PRELUDE_MS, SHELL_END_MS } from "../../limits.ts";
import { NoSessionError, NoShellError } from "../errors.ts";
import { askServer, boundStreams, endOf, signalSession, toEnd } from "./ssh2-channel.ts";

/** Bytes that what a shell left running may print: more are not worth the way. */
const LAST_WORDS = 1024 * 1024;

/** In milliseconds. */
export interface SessionTimes {
  /** In which a session has to start, but the first. */
  readonly startLimit: number;
  /** Between two lines that tell the host that the client lives. */
  readonly beat: number;
}

/** What a session is for. */
export interface SessionRequest {
  readonly program: "shell" | "loader";
  readonly terminal?: TerminalRequest | undefined;
}

/** What a session needs of its connection. */
export interface ChannelHost {
  /** Why the link is gone, once it is. */
  readonly lost: Error | undefined;
  /** Sends a signal to a process group over another session. Rejects when it could not be delivered. */
  signalGroup(signal: NodeJS.Signals, processGroup: number, sudoPassword: Secret | undefined): Promise<void>;
  /** A session is held open by nothing but what its shell left running. */
  onLeft(): void;
  /** It has been so for a while. */
  onHeld(): void;
}

/** A session channel with a process in it. It is used once, or flight after flight. */
export class SshProcess implements HostProcess {
  readonly marker: string;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable | undefined;
  readonly ended: Promise<ChannelEnd>;
  readonly closed: Promise<Error | undefined>;
  /** Settles when the server has let go of the session, or the link is gone. */
  readonly gone: Promise<void>;
  /** The connection, when it has come to be: the first session is older. */
  host: ChannelHost | undefined;
  /** Of one that serves flights. */
  shell: Started | undefined;
  /** Settles when nobody here has to do with it any more, though it runs. */
  readonly letGo: Promise<void>;
  #letGo: () => void = () => undefined;
  /** Gives back the place of its use. */
  leave: () => void = () => undefined;
  /** The connection is closed from here: nothing more will come. */
  abandon: (reason: Error) => void = () => undefined;
  pid: number | undefined;
  prelude: Prelude | undefined;
  sudoPassword: Secret | undefined;
  /** Settles when the host has said what came of the signals that it was sent. */
  signalled: Promise<unknown> = Promise.resolve();
  readonly #channel: ClientChannel;
  /** `left`: its process has ended, what it left running has not. */
  state: "busy" | "idle" | "released" | "left" = "busy";
  readonly servesOne: boolean;
  outlives = false;
  #hasEnded = false;
  #isClosed = false;
  #isMute = false;
  #lastWords = 0;
  /** Until a released process has ended. */
  #lingering: NodeJS.Timeout | undefined;

  /** @param servesOne it is a shell that will not serve another flight */
  constructor(channel: ClientChannel, marker: string, request: SessionRequest, servesOne: boolean) {
    const lost = (): Error | undefined => this.host?.lost;
    const abandoned = new Promise<Error>((resolve) => {
      this.abandon = resolve;
    });
    this.#channel = channel;
    this.marker = marker;
    this.servesOne = servesOne;
    this.stdin = channel;
    this.stdout = channel;
    // A terminal has but one output.
    if (request.terminal !== undefined) channel.stderr.resume();
    else this.stderr = channel.stderr;
    for (const stream of [channel, channel.stderr]) stream.on("error", () => undefined);
    if (request.program === "loader") boundStreams(channel);
    this.letGo = new Promise((resolve) => {
      this.#letGo = resolve;
    });
    this.gone = new Promise((resolve) => channel.once("close", () => resolve()));
    const exit = new Promise<ChannelEnd>((resolve) => {
      channel.once("exit", (code: number | null, signal?: string) => {
        this.#hasEnded = true;
        clearTimeout(this.#lingering);
        if (this.state === "released") this.#leave();
        resolve(toEnd(code, signal));
      });
    });
    const cause = (): Error => lost() ?? new Error("the session was closed");
    const unknown = Promise.race([this.gone.then(cause), abandoned]);
    this.ended = Promise.race([exit, unknown.then((why) => ({ exitCode: undefined, signal: undefined, cause: why }))]);
    // ssh2 says "close" while stderr may still hold bytes.
    const all = Promise.all([this.gone, endOf(channel), endOf(channel.stderr)]);
    this.closed = Promise.race([all.then(lost), abandoned]);
    this.closed.then(() => {
      this.#isClosed = true;
      clearTimeout(this.#lingering);
    });
  }

  /** True as long as its process may read what is written. */
  get isOpen(): boolean {
    return this.state !== "released" && !this.#hasEnded && !this.#isClosed && this.#channel.writable;
  }

  /**
   * Waits until the shell has started, since a start-up file or a forced command takes what it finds on its input. What it has to know for
   * flights is told with the first one, or by itself: it would take signs of life for commands.
   * @param isFirst the start is part of the login, which has a limit of its own
   * @throws NoShellError; the signal's reason when that aborts first
   */
  async becomeShell({ beat, startLimit }: SessionTimes, isFirst: boolean, signal: AbortSignal | undefined): Promise<void> {
    const shell = new Started(this);
    this.shell = shell;
    try {
      const start = signal === undefined ? shell.pid : orAborted(shell.pid, signal);
      const pid = await (isFirst ? start : within(startLimit, start));
      if (pid === undefined) throw new NoShellError(shell.noise.trim(), !this.#isClosed);
    } catch (error) {
      this.close();
      throw error;
    }
    this.prelude = this.servesOne ? SINGLE_PRELUDE : SESSION_PRELUDE;
    // The first shell of a connection: with its first flight, which comes at once as a rule. Others wait for none.
    if (!isFirst) this.#tellPrelude();
    const alone = setTimeout(() => this.#tellPrelude(), Math.min(PRELUDE_MS, beat / 2)).unref();
    this.closed.then(() => clearTimeout(alone));
    // Without it the host ends what runs there.
    const beats = setInterval(() => {
      if (this.isOpen && this.shell !== undefined) this.stdin.write(BEAT_LINE);
      else clearInterval(beats);
    }, beat).unref();
    this.closed.then(() => clearInterval(beats));
  }

  #tellPrelude(): void {
    if (this.prelude !== undefined && this.isOpen) this.stdin.write(this.prelude.greeting + this.prelude.text);
    this.prelude = undefined;
  }

  /** Closes it when its process has not started by then: who reads its output notices. In milliseconds. */
  limitStart(limit: number): void {
    const timer = setTimeout(() => this.pid ?? this.close(), limit).unref();
    this.closed.then(() => clearTimeout(timer));
  }

  /** Makes a loader of a shell that waits for a flight: in one turn, where another session takes two. False when it had ended. */
  async becomeLoader(): Promise<boolean> {
    this.#tellPrelude();
    this.shell?.detach();
    boundStreams(this.#channel);
    this.shell = undefined;
    this.pid = undefined;
    const marker = createMarker();
    this.stdin.write(replaceShell(startText("loader", marker)));
    this.pid = await takePid(this.stdout, marker);
    return this.pid !== undefined;
  }

  /** Where there is no session to spare, sshd can signal what it started itself. Whether that was done is not said. */
  async signal(name: NodeJS.Signals, pid: number | undefined): Promise<void> {
    if (pid === undefined) {
      signalSession(this.#channel, name);
      this.#channel.close();
      throw new Error("the shell on the host did not start");
    }
    try {
      const sent = this.host?.signalGroup(name, pid, this.sudoPassword);
      this.signalled = Promise.allSettled([this.signalled, sent]);
      await sent;
    } catch (error) {
      if (!(error instanceof NoSessionError)) throw error;
      signalSession(this.#channel, name);
      if (name === "SIGKILL") throw error;
    }
  }

  /** Not before its end: tinysshd takes no request then. One that did not answer is not asked again. */
  async catchUp(): Promise<void> {
    if (this.#isMute || !this.#hasEnded) return;
    const over = Promise.race([askServer(this.#channel), this.closed]).then(() => true);
    this.#isMute = (await within(CATCH_UP_MS, over)) !== true;
  }

  /** RFC 4254 section 6.7. */
  async resize({ columns, rows }: TerminalSize): Promise<void> {
    this.#channel.setWindow(rows, columns, 0, 0);
  }

  /**
   * Ends the last use. sshd counts a session until its process has ended: closed before, it would still stand in the way of
   * the next one.
   */
  release(): void {
    if (this.state === "released" || this.state === "left") return;
    this.state = "released";
    const runsOn = this.outlives && !this.#hasEnded;
    if (runsOn) this.#leaveBehind();
    else this.leave();
    for (const stream of [this.#channel, this.#channel.stderr]) stream.resume();
    this.#channel.end();
    if (this.#hasEnded) this.#leave();
    else if (runsOn) this.close();
    else if (!this.#isClosed) this.#lingering = setTimeout(() => this.close(), SHELL_END_MS).unref();
  }

  /** sshd counts its session until it ends: so long nobody else has the place. */
  #leaveBehind(): void {
    this.gone.then(() => this.leave());
    this.#letGo();
  }

  /** Takes its streams away from what still holds them. */
  close(): void {
    this.#channel.close();
  }

  /** The server closes a channel that nothing holds. What holds one gets SIGPIPE once it is closed: that can wait for a better reason. */
  #leave(): void {
    this.state = "left";
    this.host?.onLeft();
    const timer = setTimeout(() => this.host?.onHeld(), HELD_MS).unref();
    // It may have gone already.
    this.gone.then(() => clearTimeout(timer));
    for (const stream of [this.#channel, this.#channel.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.#lastWords += chunk.length;
        if (this.#lastWords > LAST_WORDS) this.close();
      });
    }
  }
}
