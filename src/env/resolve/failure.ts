import { EnvError } from "../../errors.ts";

const FAILED = Symbol("failed");

export interface SettingValue {
  readonly kind: "value";
  readonly value: unknown;
}

/** A value that cannot be had. Remembered as values are, so that nothing is asked twice. */
export interface SettingFailure {
  readonly kind: "failed";
  readonly code: string;
  /** What went wrong at the end of the chain, in one sentence. */
  readonly text: string;
  readonly hint?: string | undefined;
  /** Keys that were being resolved, outermost first. */
  readonly chain: readonly string[];
  readonly cause?: Error | undefined;
  /** The fact that no task stated, when that is the reason. */
  readonly unset?: string | undefined;
  readonly error: EnvError;
}

export type SettingResult = SettingValue | SettingFailure;

export function createFailure({ code, text, chain, hint, cause, unset }: Omit<SettingFailure, "kind" | "error">): SettingFailure {
  // A cycle's own sentence is its chain; elsewhere one key is its subject.
  const shown =
    chain.length > 1 && !text.includes(chain.join(" -> ")) ? `${text}\n  while resolving ${abridge(chain).join(" -> ")}` : text;
  const error = new EnvError(code, shown, chain, { hint, cause });
  const failed: SettingFailure = { kind: "failed", code, text, chain, hint, cause, unset, error };
  Object.defineProperty(error, FAILED, { value: failed });
  return failed;
}

/** The failure that an error stands for, when it was thrown by a read. */
export function failedOf(error: unknown): SettingFailure | undefined {
  return error instanceof EnvError ? (error as { [FAILED]?: SettingFailure })[FAILED] : undefined;
}

/** The same failure, as it looks to a setting that needed the one that failed. */
export function neededBy(key: string, failed: SettingFailure): SettingFailure {
  return createFailure({ ...failed, chain: [key, ...failed.chain] });
}

export function cycleFailure(chain: readonly string[]): SettingFailure {
  return createFailure({
    code: "SETTING_CYCLE",
    text: `\`${chain[0]}\` needs itself: ${abridge(chain).join(" -> ")}.`,
    chain,
    hint: "Let one of them be set without reading the other.",
  });
}

/** A plain read of something that only `await` can wait for. `pending`: the async setting behind it, or a fresh one that is async. */
export function asyncReadFailure(key: string, pending: { readonly key: string; readonly result?: unknown }): SettingFailure {
  const isFresh = pending.result !== undefined;
  const reason = key === pending.key ? `is ${isFresh ? "fresh and " : ""}async` : `waits for \`${pending.key}\`, which is async`;
  return createFailure({
    code: "SETTING_ASYNC",
    text: `\`${key}\` ${reason}: read it with \`await env.get("${key}")\`.`,
    chain: [key],
    hint: isFresh
      ? "Nothing keeps a fresh value for a plain read."
      : "A plain env.key gives it in functions that are not async, which are called again when it is there.",
  });
}

function abridge(chain: readonly string[]): readonly string[] {
  return chain.length <= 12 ? chain : [...chain.slice(0, 6), "...", ...chain.slice(-5)];
}
