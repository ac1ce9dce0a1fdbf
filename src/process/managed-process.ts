import type { Writable } from "node:stream";
import type { Command } from "../command/command.ts";
import { displayCommand } from "../command/compose.ts";
import { toError, UsageError } from "../errors.ts";
import type { Host } from "../hosts/host.ts";
import { within } from "../wait.ts";
import { checkOptions, checkSignal, withOptionsOf } from "./check-options.ts";
import { Cursor, checkPatterns, type ExpectOptions, type Match, type Pattern } from "./expect.ts";
import { Life } from "./life.ts";
import { limit } from "./limit.ts";
import { Output, type OutputName } from "./output.ts";
import type {
  HostAccess,
  KillOptions,
  MatchOptions,
  Process,
  ProcessMatch,
  ProcessOptions,
  ProcessOutput,
  WaitOptions,
} from "./process.ts";
import { ProcessRecord } from "./record.ts";

/** Of a name that is made from the command. Characters. */
const NAME_LENGTH = 39;

/** For what is still to be written to files and streams when it has ended: who does not take it is not waited for longer. Milliseconds. */
const WRITTEN_MS = 5000;

/** A process over a channel of a connection: one life after another, from each `start` to its end. */
export class ManagedProcess extends ProcessRecord implements Process {
  readonly command: Command;
  readonly options: ProcessOptions;
  name: string;
  readonly #access: HostAccess;
  readonly #outputs: Readonly<Record<OutputName, Output>>;
  #cursors: Record<OutputName, Cursor>;
  #life: Life | undefined;
  /** Who waits for the next life, where there is none. */
  readonly #waiting: ((life: Life) => void)[] = [];

  /** @param beside options that whoever makes it takes itself: a misspelt one may be meant for them */
  constructor(command: Command, access: HostAccess, given: ProcessOptions = {}, beside: readonly string[] = []) {
    super();
    const options = withOptionsOf(command, given);
    checkOptions(options, beside);
    this.command = command;
    this.options = options;
    this.name = options.name ?? nameFor(command);
    this.#access = access;
    const onHandlerError = (error: unknown): void => this.failHandler(error);
    const output = (name: OutputName): Output => new Output(name, { keep: options.keep ?? "all", onHandlerError });
    this.#outputs = { stdout: output("stdout"), stderr: output("stderr") };
    this.#cursors = this.#newCursors();
    if (options.onOutput !== undefined) this.onOutput(options.onOutput);
    if (options.onLine !== undefined) this.onLine(options.onLine);
  }

  get host(): Host | undefined {
    return this.#access.host;
  }

  get stdout(): string {
    return this.#outputs.stdout.text;
  }

  get stderr(): string {
    return this.#outputs.stderr.text;
  }

  start(): this {
    if (this.isStarted) return this;
    const startDate = new Date();
    this.state = { state: "starting", startDate };
    const { command, options } = this;
    const life = new Life({ command, access: this.#access, options, outputs: this.#outputs });
    this.#life = life;
    for (const tell of this.#waiting.splice(0)) tell(life);
    void this.#live(life, startDate);
    return this;
  }

  async wait({ timeout, signal }: WaitOptions = {}): Promise<this> {
    await limit(this.#startedLife().ended, timeout, signal);
    return this;
  }

  async waitForStart({ timeout, signal }: WaitOptions = {}): Promise<this> {
    await limit(this.#begunLife(), timeout, signal);
    return this;
  }

  run(options: WaitOptions = {}): Promise<this> {
    return this.start().wait(options);
  }

  kill(signal: NodeJS.Signals = "SIGTERM", { grace }: KillOptions = {}): this {
    checkSignal(signal);
    const life = this.#life;
    if (life === undefined || !this.isRunning) return this;
    life.killed = true;
    life.kill(signal, grace);
    return this;
  }

  async reset(): Promise<this> {
    if (this.isRunning) await this.kill().wait();
    this.#life = undefined;
    this.forget();
    for (const output of Object.values(this.#outputs)) output.reset();
    this.#cursors = this.#newCursors();
    this.call(() => this.options.onReset?.(this));
    return this;
  }

  async write(data: string | Uint8Array): Promise<void> {
    const life = await this.#begunLife();
    const { channel } = life;
    if (channel === undefined || this.isEnded) return this.failWrite(new Error("It has ended."));
    // What is still on its way when the process goes is never called back.
    await life.orEnded((done) => {
      channel.stdin.write(data, (error) => {
        if (error) this.failWrite(error);
        done();
      });
    });
  }

  async end(): Promise<void> {
    const { channel } = await this.#begunLife();
    if (channel === undefined || this.isEnded) return;
    if (this.options.pty === undefined || this.options.pty === false) channel.stdin.end();
    else channel.stdin.write("\x04");
  }

  async expect(patterns: Pattern | readonly Pattern[], options: ExpectOptions = {}): Promise<Match | undefined> {
    const { stream = "stdout", timeout = this.options.expectTimeout ?? "none", ...rest } = options;
    const life = this.#life;
    const wanted = checkPatterns(patterns);
    const match = await this.#cursors[stream].expect(wanted, { ...rest, timeout });
    if (match === undefined && life === this.#life)
      this.failExpect(`${wanted.map(show).join(" or ")} was not found in its ${stream}.`);
    return match;
  }

  reader(stream: OutputName = "stdout"): Cursor {
    return new Cursor(this.#outputs[stream]);
  }

  onMatch(
    patterns: Pattern | readonly Pattern[],
    handler: (found: ProcessMatch) => void,
    { stream = "stdout", repeat = false }: MatchOptions = {},
  ): () => void {
    const wanted = checkPatterns(patterns);
    const stop = new AbortController();
    const { signal } = stop;
    const cursor = this.reader(stream);
    const follow = async (): Promise<void> => {
      while (!signal.aborted) {
        const match = await cursor.expect(wanted, { timeout: "none", signal });
        if (!signal.aborted) this.call(() => handler({ process: this, stream, match }));
        if (match === undefined || !repeat) return;
      }
    };
    void follow();
    return () => stop.abort();
  }

  onOutput(handler: (output: ProcessOutput) => void): () => void {
    return this.#both((output) => output.onText((event) => handler({ ...event, process: this })));
  }

  onLine(handler: (output: ProcessOutput) => void): () => void {
    return this.#both((output) => output.onLine((event) => handler({ ...event, process: this })));
  }

  writeTo(stream: OutputName, target: Writable | string): this {
    this.#outputs[stream].writeTo(target);
    return this;
  }

  lines(stream: OutputName = "stdout"): AsyncIterable<string> {
    return this.#outputs[stream].lines();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isRunning) return;
    if (this.options.outlive === true) await this.#life?.leave();
    else this.kill();
    await this.wait();
  }

  protected get self(): Process {
    return this;
  }

  async #live(life: Life, startDate: Date): Promise<void> {
    const running = (pid: number): void => {
      this.state = { state: "running", startDate, pid };
      this.call(() => this.options.onStart?.(this));
    };
    const outcome = life.toOutcome(await life.live(running).catch(toError));
    const about = { state: "ended", startDate, endDate: new Date() } as const;
    const outputs = Object.values(this.#outputs);
    for (const output of outputs) output.end(outcome.error);
    await within(WRITTEN_MS, Promise.all(outputs.map((output) => output.written())));
    this.conclude({ ...about, ...outcome });
    life.end();
    this.call(() => this.options.onEnd?.(this));
  }

  #startedLife(): Life {
    if (this.#life !== undefined) return this.#life;
    throw new UsageError("NOT_STARTED", `${this.name} was not started: there is nothing to wait for.`, {
      hint: "Call start() before, or run().",
    });
  }

  /** The life that goes on, or the next one, once it runs. */
  async #begunLife(): Promise<Life> {
    const life = this.#life ?? (await new Promise<Life>((resolve) => this.#waiting.push(resolve)));
    await life.started;
    return life;
  }

  #both(listen: (output: Output) => () => void): () => void {
    const removers = Object.values(this.#outputs).map(listen);
    return () => {
      for (const remove of removers) remove();
    };
  }

  #newCursors(): Record<OutputName, Cursor> {
    return { stdout: this.reader("stdout"), stderr: this.reader("stderr") };
  }
}

function nameFor(command: Command): string {
  const text = displayCommand(command).replaceAll(/\s+/g, " ").trim();
  return text.length <= NAME_LENGTH ? text : `${text.slice(0, NAME_LENGTH - 1)}…`;
}

function show(pattern: Pattern): string {
  return typeof pattern === "string" ? JSON.stringify(pattern) : String(pattern);
}
