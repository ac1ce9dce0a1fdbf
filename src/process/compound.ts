import { Action, type ActionOptions } from "./action.ts";

import type { KillOptions, Process } from "./process.ts";

/** Actions side by side, or one after another. */
abstract class Compound extends Action {
  readonly parts: readonly Action[];

  constructor(name: string, parts: readonly Action[], options: ActionOptions = {}) {
    super(name, options);
    this.parts = parts;
  }

  get processes(): readonly Process[] {
    return this.parts.flatMap(({ processes }) => processes);
  }

  override kill(signal: NodeJS.Signals = "SIGTERM", options: KillOptions = {}): this {
    super.kill(signal, options);
    for (const part of this.parts) if (part.isRunning) part.kill(signal, options);
    return this;
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
export interface SequenceOptions extends ActionOptions {
  /** No part begins behind one that is not `ok`. @default false */
  readonly stopOnFailure?: boolean | undefined;
}

class Sequence extends Compound {
  readonly #stopOnFailure: boolean;

  constructor(parts: readonly Action[], { stopOnFailure = false, ...options }: SequenceOptions) {
    super("sequence", parts, options);
    this.#stopOnFailure = stopOnFailure;
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
export function parallel(actions: readonly Action[], options: ActionOptions = {}): Action {
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
