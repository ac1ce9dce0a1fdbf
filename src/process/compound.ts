import { refuseUnknown } from "../suggest.ts";
import { Action, type ActionOptions, type Expected } from "./action.ts";
import type { ExpectOptions, Pattern } from "./expect.ts";
import type { KillOptions, Process } from "./process.ts";

/**
 * What can be said of actions that are put together.
 * @example
 * const options: CompoundOptions = { name: "warm up", hideParts: true, expectTimeout: "30s" };
 */
export interface CompoundOptions extends ActionOptions {
  /** Reports have a row for all of it, and none for each of its parts. @default false */
  readonly hideParts?: boolean | undefined;
  /** For each `expect` of all of it that says none itself. @default that of each process */
  readonly expectTimeout?: number | string | undefined;
}

const OPTIONS: Readonly<Record<keyof CompoundOptions, true>> = {
  name: true,
  onStart: true,
  onEnd: true,
  onReset: true,
  hideParts: true,
  expectTimeout: true,
};

/** Actions side by side, or one after another. */
export abstract class Compound extends Action {
  readonly parts: readonly Action[];
  readonly hideParts: boolean;
  readonly #expectTimeout: number | string | undefined;

  constructor(verb: string, parts: readonly Action[], options: CompoundOptions, others: readonly string[] = []) {
    refuseUnknown(verb, options, [...Object.keys(OPTIONS), ...others]);
    super(verb, options);
    this.parts = parts;
    this.hideParts = options.hideParts ?? false;
    this.#expectTimeout = options.expectTimeout;
  }

  get processes(): readonly Process[] {
    return this.parts.flatMap(({ processes }) => processes);
  }

  override kill(signal: NodeJS.Signals = "SIGTERM", options: KillOptions = {}): this {
    super.kill(signal, options);
    for (const part of this.parts) if (part.isRunning) part.kill(signal, options);
    return this;
  }

  override expect(patterns: Pattern | readonly Pattern[], options: ExpectOptions = {}): Promise<readonly Expected[]> {
    return super.expect(patterns, { ...options, timeout: options.timeout ?? this.#expectTimeout });
  }

  /** Each stops what it would begin next itself. */
  protected override get held(): readonly AsyncDisposable[] {
    return this.parts;
  }

  protected async resetParts(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.reset()));
  }
}

class Parallel extends Compound {
  protected async live(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.run()));
  }
}

/** How a sequence goes on. */
export interface SequenceOptions extends CompoundOptions {
  /** No part begins behind one that is not `ok`. @default false */
  readonly stopOnFailure?: boolean | undefined;
}

class Sequence extends Compound {
  readonly #stopOnFailure: boolean;

  constructor(parts: readonly Action[], options: SequenceOptions) {
    super("sequence", parts, options, ["stopOnFailure"] satisfies (keyof SequenceOptions)[]);
    this.#stopOnFailure = options.stopOnFailure ?? false;
  }

  protected async live(): Promise<void> {
    for (const part of this.parts) {
      if (this.stop.signal.aborted) return;
      await part.run();
      if (this.#stopOnFailure && !part.ok) return;
    }
  }
}

/**
 * Actions side by side.
 * @example
 * await parallel([launcher.local("npm run build"), launcher.remote(["web1", "web2"], "docker pull app")]).run();
 */
export function parallel(actions: readonly Action[], options: CompoundOptions = {}): Action {
  return new Parallel("parallel", actions, options);
}

/**
 * Actions one after another: it goes on after one that failed, unless `stopOnFailure`.
 * @example
 * await sequence([launcher.local("npm test"), launcher.local("npm publish")], { stopOnFailure: true }).run();
 */
export function sequence(actions: readonly Action[], options: SequenceOptions = {}): Action {
  return new Sequence(actions, options);
}
