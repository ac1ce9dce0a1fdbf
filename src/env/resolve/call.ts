import { createReader } from "../reader.ts";
import type { EnvReader } from "../settings.ts";
import { ignoreRejection, isAsyncFunction, isThenable } from "../values/thenable.ts";
import type { Tokens } from "../values/token.ts";
import { asyncFreshFailure, asyncReadFailure, cycleFailure, neededBy } from "./failure.ts";
import type { Judge } from "./judge.ts";
import { steps } from "./memo.ts";
import { type Look, Recording } from "./recording.ts";
import {
  type Failed,
  type MemoNode,
  noteRead,
  type Outcome,
  type Pending,
  type Scope,
  type Settled,
  type Slot,
  type Source,
} from "./state.ts";
import { Suspension } from "./suspension.ts";

/** What a call needs of the rest. `by`: the setting that waits for what it reads. */
export interface Reads {
  read(scope: Scope, key: string, by: Slot | undefined): Outcome;
  get(scope: Scope, key: string, by: Slot | undefined): Promise<Settled>;
  has(scope: Scope, key: string, by: Slot | undefined): boolean;
  keys(scope: Scope): readonly string[];
  readonly judge: Judge;
  readonly tokens: Tokens;
}

/**
 * One call of a callable. A sync one that reads what is not there yet is interrupted, and whatever it makes of that is thrown away;
 * an async one is never called again, so such a read is an error there.
 */
export class Call {
  readonly #slot: Slot;
  readonly #source: Source;
  readonly #reads: Reads;
  readonly #recording: Recording;
  #async: boolean;
  #open = true;
  #interrupted: Pending | undefined;
  #broken: Failed | undefined;

  /** `root`: where the memo of the callable begins, if it has one; `heading`: how far this call is sure to come in it. */
  constructor(slot: Slot, source: Source, reads: Reads, root?: MemoNode, heading?: MemoNode) {
    this.#slot = slot;
    this.#source = source;
    this.#reads = reads;
    this.#recording = new Recording(slot, root, heading);
    this.#async = source.callable !== undefined && isAsyncFunction(source.callable);
  }

  /** What comes of it: a promise when the callable is async. */
  run(): Settled | Pending | Promise<Settled> {
    this.#slot.reads = [];
    let value: unknown;
    try {
      value = this.#source.callable?.(this.#reader());
    } catch (error) {
      return this.#interruption(error) ?? this.#end(this.#reads.judge.thrown(this.#source, error));
    }
    if (isThenable(value)) return this.#follow(value);
    return this.#interruption(undefined) ?? this.#end(this.#reads.judge.value(this.#source, value));
  }

  #interruption(error: unknown): Pending | undefined {
    const pending = this.#interrupted ?? (error instanceof Suspension ? error.pending : undefined);
    if (pending === undefined) return undefined;
    this.#open = false;
    this.#recording.leave();
    return pending;
  }

  #follow(promise: PromiseLike<unknown>): Settled | Promise<Settled> {
    this.#async = true;
    if (this.#interrupted !== undefined) {
      ignoreRejection(promise);
      return this.#end(this.#break(asyncReadFailure(this.#interrupted.slot.key, this.#interrupted.key)));
    }
    this.#recording.goAsync();
    const { judge } = this.#reads;
    return Promise.resolve(promise).then(
      (value) => this.#end(judge.value(this.#source, value)),
      (error: unknown) => this.#end(judge.thrown(this.#source, error)),
    );
  }

  #end(settled: Settled): Settled {
    this.#open = false;
    const { cycle } = this.#slot;
    if (cycle !== undefined) {
      this.#recording.leave();
      return cycleFailure(cycle);
    }
    if (this.#broken !== undefined) return this.#broken;
    this.#recording.complete(settled);
    return settled;
  }

  /** It fails, whatever the callable makes of it, and for all hosts that come as far as this. */
  #break(failed: Failed): Failed {
    if (this.#broken === undefined) {
      this.#broken = neededBy(this.#slot.key, failed);
      this.#recording.complete(this.#broken, true);
    }
    return this.#broken;
  }

  #reader(): EnvReader {
    return createReader({
      label: `env of ${this.#slot.scope.view.id}`,
      read: (key) => this.#read(key),
      get: (key) => this.#get(key),
      has: (key) => this.#has(key),
      host: () => this.#host(),
      keys: () => this.#keys(),
    });
  }

  #read(key: string): unknown {
    if (this.#interrupted !== undefined) throw new Suspension(this.#interrupted);
    const look = this.#look(key, steps.value(key));
    const outcome = this.#reads.read(this.#slot.scope, key, this.#waiting());
    if (outcome.kind === "pending") throw this.#tooEarly(key, outcome);
    this.#saw(look, outcome);
    if (outcome.kind === "failed") throw outcome.error;
    return outcome.value;
  }

  #tooEarly(key: string, pending: Pending): Error {
    ignoreRejection(pending.result);
    if (pending.result === undefined && !this.#async && this.#open) {
      this.#interrupted = pending;
      return new Suspension(pending);
    }
    const failed = pending.result === undefined ? asyncReadFailure(key, pending.key) : asyncFreshFailure(key);
    if (this.#open) this.#break(failed);
    return failed.error;
  }

  #get(key: string): Promise<unknown> {
    const promise = this.#interrupted === undefined ? this.#wait(key) : Promise.reject(new Suspension(this.#interrupted));
    ignoreRejection(promise);
    return promise;
  }

  async #wait(key: string): Promise<unknown> {
    const look = this.#look(key, steps.value(key));
    const settled = await this.#reads.get(this.#slot.scope, key, this.#waiting());
    this.#saw(look, settled);
    if (settled.kind === "failed") throw settled.error;
    return settled.value;
  }

  #has(key: string): boolean {
    const look = this.#interrupted === undefined ? this.#look(key, steps.presence(key)) : undefined;
    const has = this.#reads.has(this.#slot.scope, key, this.#waiting());
    if (look !== undefined) this.#recording.saw(look, has);
    return has;
  }

  #host(): Slot["scope"]["view"] {
    this.#unshared();
    return this.#slot.scope.view;
  }

  #keys(): readonly string[] {
    this.#unshared();
    return this.#reads.keys(this.#slot.scope);
  }

  #unshared(): void {
    if (this.#open && this.#interrupted === undefined) this.#recording.look(steps.host);
  }

  #waiting(): Slot | undefined {
    return this.#open ? this.#slot : undefined;
  }

  /** A callable that let its env out may read long after its call; such reads are served, and say nothing about the result. */
  #look(key: string, step: string): Look | undefined {
    if (!this.#open) return undefined;
    noteRead(this.#slot, key);
    return this.#recording.look(step);
  }

  #saw(look: Look | undefined, settled: Settled): void {
    if (look !== undefined) this.#recording.saw(look, this.#reads.tokens.settled(settled));
  }
}
