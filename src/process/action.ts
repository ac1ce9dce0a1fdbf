import { UsageError } from "../errors.ts";
import { checkPatterns, type ExpectOptions, type Match, type Pattern } from "./expect.ts";
import { limit } from "./limit.ts";
import type { KillOptions, MatchOptions, Process, ProcessMatch, ProcessOutput, Stats, WaitOptions } from "./process.ts";
import { ProcessesFailed } from "./processes-failed.ts";
import { statsOf } from "./stats.ts";

/** What came of an `expect` on one of several processes. */
export interface Expected {
  readonly process: Process;
  /** Undefined: none of the patterns. */
  readonly match: Match | undefined;
}

/** Handlers of an action; one that throws harms nothing. */
export interface ActionHandlers {
  readonly onStart?: ((action: Action) => void) | undefined;
  readonly onEnd?: ((action: Action) => void) | undefined;
  readonly onReset?: ((action: Action) => void) | undefined;
}

/** What an action is called, and who hears of it. */
export interface ActionOptions extends ActionHandlers {
  readonly name?: string | undefined;
}

/**
 * Processes that start, are waited for and end together. Nothing is thrown for what becomes of them.
 * @example
 * const pings = launcher.remote(["web1", "web2"], "ping -c 3 db1").start();
 * await pings.wait({ timeout: "10s" });
 */
export abstract class Action {
  /** May be changed. */
  name: string;
  readonly #handlers: ActionHandlers;
  #run: Promise<void> | undefined;
  #hasEnded = false;
  protected stop = new AbortController();

  constructor(name: string, { name: asked, ...handlers }: ActionOptions = {}) {
    this.name = asked ?? name;
    this.#handlers = handlers;
  }

  /** Of all parts, in the order in which hosts and parts were named. */
  abstract readonly processes: readonly Process[];
  /** Starts what is in it and waits for that; no part begins once `stop` is aborted. Never rejects. */
  protected abstract live(): Promise<void>;
  protected abstract resetParts(): Promise<void>;

  get isStarted(): boolean {
    return this.#run !== undefined;
  }

  get isRunning(): boolean {
    return this.isStarted && !this.isEnded;
  }

  /** One without any process has ended when it is started. */
  get isEnded(): boolean {
    return this.#hasEnded || (this.isStarted && this.processes.length === 0);
  }

  /** Nothing counts against any of its processes, so far. */
  get ok(): boolean {
    return this.processes.every(({ ok }) => ok);
  }

  get finishedOk(): boolean {
    return this.isEnded && this.ok;
  }

  /** Starts all, and returns at once. @throws UsageError `STARTED_TWICE` unless `reset` came between */
  start(): this {
    if (this.#run !== undefined) {
      throw new UsageError("STARTED_TWICE", `${this.name} was started before.`, {
        hint: "reset() makes it ready to be started again.",
      });
    }
    this.#run = this.live().then(() => {
      this.#hasEnded = true;
      this.#call(this.#handlers.onEnd);
    });
    this.#call(this.#handlers.onStart);
    return this;
  }

  /** Waits until all have ended, and no longer than `timeout`: they go on then. @throws UsageError `NOT_STARTED` */
  async wait({ timeout, signal }: WaitOptions = {}): Promise<this> {
    if (this.#run === undefined) {
      throw new UsageError("NOT_STARTED", `${this.name} was not started: there is nothing to wait for.`, {
        hint: "Call start() before, or run().",
      });
    }
    await limit(this.#run, timeout, signal);
    return this;
  }

  /** Starts all and waits for their end, and no longer than `timeout`: they go on then. */
  run(options: WaitOptions = {}): Promise<this> {
    return this.start().wait(options);
  }

  /** As `Process.kill`, for all that run; what has not begun never does. Returns at once. */
  kill(signal: NodeJS.Signals = "SIGTERM", options: KillOptions = {}): this {
    if (signal === "SIGTERM" || signal === "SIGINT" || signal === "SIGKILL") this.stop.abort(new Error("It was killed."));
    for (const process of this.processes) process.kill(signal, options);
    return this;
  }

  /** Ends all that runs, and makes it as it was before `start`. */
  async reset(): Promise<this> {
    if (this.isRunning) await this.kill().wait();
    await this.resetParts();
    this.#run = undefined;
    this.#hasEnded = false;
    this.stop = new AbortController();
    this.#call(this.#handlers.onReset);
    return this;
  }

  /** Writes to all. */
  async write(data: string | Uint8Array): Promise<void> {
    await Promise.all(this.processes.map((process) => process.write(data)));
  }

  /** Ends the input of all. */
  async end(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.end()));
  }

  /** As `Process.expect`, on each of them: what came of it, in the order of `processes`. */
  async expect(patterns: Pattern | readonly Pattern[], options: ExpectOptions = {}): Promise<readonly Expected[]> {
    checkPatterns(patterns);
    return Promise.all(this.processes.map(async (process) => ({ process, match: await process.expect(patterns, options) })));
  }

  /**
   * As `Process.onMatch`, for each of them: once for each, with `repeat` for each match, and at the end of its output without one.
   * @returns how to stop
   * @throws UsageError for a pattern that is none
   */
  onMatch(
    patterns: Pattern | readonly Pattern[],
    handler: (found: ProcessMatch) => void,
    options: MatchOptions = {},
  ): () => void {
    checkPatterns(patterns);
    return this.#each((process) => process.onMatch(patterns, handler, options));
  }

  /** Calls back for each chunk of the outputs of all, from now on. @returns how to stop */
  onOutput(handler: (output: ProcessOutput) => void): () => void {
    return this.#each((process) => process.onOutput(handler));
  }

  /** Calls back for each line of the outputs of all, from now on. @returns how to stop */
  onLine(handler: (output: ProcessOutput) => void): () => void {
    return this.#each((process) => process.onLine(handler));
  }

  stats(): Stats {
    return statsOf(this.processes);
  }

  /** @throws ProcessesFailed with all that something counts against */
  throwIfFailed(): this {
    const failed = this.processes.filter(({ ok }) => !ok);
    if (failed.length > 0) throw new ProcessesFailed(failed);
    return this;
  }

  /** Ends all, and waits for that; what is to outlive us is let go of. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isRunning) return;
    this.stop.abort(new Error("It was left."));
    await Promise.all(this.held.map((part) => part[Symbol.asyncDispose]()));
    await this.wait();
  }

  /** What is left with it. */
  protected get held(): readonly AsyncDisposable[] {
    return this.processes;
  }

  #each(listen: (process: Process) => () => void): () => void {
    const stops = this.processes.map(listen);
    return () => {
      for (const stop of stops) stop();
    };
  }

  #call(handler: ((action: Action) => void) | undefined): void {
    try {
      handler?.(this);
    } catch {
      // Of a user's: it harms nothing here.
    }
  }
}

/** Processes side by side. */
export class Processes extends Action {
  readonly processes: readonly Process[];

  constructor(name: string, processes: readonly Process[], options: ActionOptions = {}) {
    super(name, options);
    this.processes = processes;
  }

  protected async live(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.run()));
  }

  protected async resetParts(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.reset()));
  }
}
