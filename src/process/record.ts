import type { Writable } from "node:stream";
import { inspect } from "node:util";
import { parseDuration } from "../command/duration.ts";
import { neutralise } from "../command/neutralise.ts";
import { toError } from "../errors.ts";
import { inputOf } from "./input.ts";
import { acceptsCode, isTold, type ProblemKind, problemsOf } from "./problem.ts";
import type { EndedState, Process, ProcessOptions, ProcessProblem, ProcessState, Stats } from "./process.ts";
import { ProcessesFailed } from "./processes-failed.ts";
import { statsOf } from "./stats.ts";

/** What became of a process so far, and who is told of it. */
export abstract class ProcessRecord {
  state: ProcessState = { state: "new" };
  expectFailed = false;
  writeError: Error | undefined;
  abstract readonly options: ProcessOptions;
  #stdin: Writable | undefined;
  /** The whole of it. */
  protected abstract readonly self: Process;

  get isStarted(): boolean {
    return this.state.state !== "new";
  }

  get isRunning(): boolean {
    return this.isStarted && !this.isEnded;
  }

  get isEnded(): boolean {
    return this.state.state === "ended";
  }

  get pid(): number | undefined {
    return "pid" in this.state ? this.state.pid : undefined;
  }

  get exitCode(): number | undefined {
    return this.#ended?.exitCode;
  }

  get startDate(): Date | undefined {
    return this.state.state === "new" ? undefined : this.state.startDate;
  }

  get endDate(): Date | undefined {
    return this.#ended?.endDate;
  }

  get timeoutDate(): Date | undefined {
    const { startDate, options } = this;
    if (options.timeout === undefined || startDate === undefined) return undefined;
    return new Date(startDate.getTime() + parseDuration(options.timeout));
  }

  get problems(): readonly ProblemKind[] {
    const ended = this.#ended;
    const outcome = {
      hasEnded: ended !== undefined,
      error: ended?.error,
      exitCode: ended?.exitCode,
      timedOut: ended?.timedOut ?? false,
      killed: ended?.killed ?? false,
      expectFailed: this.expectFailed,
      writeFailed: this.writeError !== undefined,
    };
    return problemsOf(outcome, this.options.accept ?? {});
  }

  get ok(): boolean {
    return this.problems.length === 0;
  }

  get finishedOk(): boolean {
    return this.isEnded && this.ok;
  }

  get stdin(): Writable {
    if (this.#stdin === undefined || this.#stdin.writableEnded || this.#stdin.destroyed) this.#stdin = inputOf(this.self);
    return this.#stdin;
  }

  stats(): Stats {
    return statsOf([this.self]);
  }

  throwIfFailed(): this {
    if (!this.ok) throw new ProcessesFailed([this.self]);
    return this;
  }

  /** For console.log: what is inside is of no interest there. */
  [inspect.custom](): string {
    return `Process(${this})`;
  }

  toString(): string {
    const { name, host } = this.self;
    const code = this.exitCode === undefined ? "" : ` with exit code ${this.exitCode}`;
    return `${neutralise(name)} on ${host?.id ?? "this machine"}: ${this.state.state}${code}`;
  }

  protected forget(): void {
    this.#stdin?.destroy();
    this.state = { state: "new" };
    this.expectFailed = false;
    this.writeError = undefined;
  }

  protected failExpect(message: string): void {
    if (this.expectFailed) return;
    this.expectFailed = true;
    this.#tell("expect", this.options.accept?.expect === true, message);
  }

  protected failWrite(error: Error): void {
    if (this.writeError !== undefined) return;
    this.writeError = error;
    this.#tell("write", this.options.accept?.write === true, `Its input could not be written: ${error.message}`);
  }

  protected conclude(ended: EndedState): void {
    this.state = ended;
    this.#stdin?.destroy();
    const { error, exitCode, timedOut, killed } = ended;
    const { accept = {}, timeout } = this.options;
    if (error !== undefined) this.#tell("error", accept.error === true, error.message);
    if (timedOut) this.#tell("timeout", accept.timeout === true, `It was ended after ${timeout}.`);
    if (exitCode === undefined || exitCode === 0 || killed) return;
    const isAccepted = acceptsCode(accept, exitCode) || (timedOut && accept.timeout === true);
    this.#tell("exitCode", isAccepted, `It ended with exit code ${exitCode}.`);
  }

  /** Calls what a user has written: what that throws is told, and harms nothing. */
  protected call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.failHandler(error);
    }
  }

  protected failHandler(error: unknown): void {
    this.#report("handler", true, `A handler of its has failed: ${toError(error).message}`);
  }

  get #ended(): EndedState | undefined {
    return this.state.state === "ended" ? this.state : undefined;
  }

  #tell(kind: ProblemKind, accepted: boolean, message: string): void {
    if (isTold(this.options.log, kind, accepted)) this.#report(kind, accepted, message);
  }

  #report(kind: ProcessProblem["kind"], accepted: boolean, message: string): void {
    try {
      this.options.onProblem?.({ process: this.self, kind, accepted, message });
    } catch {
      // Who cannot hear of it is not told of that either.
    }
  }
}
