import { EnvError } from "../../errors.ts";
import type { SettingFailure } from "./state.ts";

const FAILED = Symbol("failed");

export interface FailureParts {
  readonly code: string;
  /** What is wrong, in one sentence. */
  readonly text: string;
  /** Keys that were being resolved, outermost first. */
  readonly chain: readonly string[];
  readonly hint?: string | undefined;
  readonly cause?: Error | undefined;
  readonly unset?: string | undefined;
}

export function createFailure(parts: FailureParts): SettingFailure {
  const { code, text, chain, hint, cause, unset } = parts;
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

/** A plain read of something that only `await` can wait for. `via`: the async setting behind it. */
export function asyncReadFailure(key: string, via: string): SettingFailure {
  const reason = key === via ? "is async" : `waits for \`${via}\`, which is async`;
  return createFailure({
    code: "SETTING_ASYNC",
    text: `\`${key}\` ${reason}: read it with \`await env.get("${key}")\`.`,
    chain: [key],
    hint: "A plain env.key gives it in functions that are not async, which are called again when it is there.",
  });
}

export function asyncFreshFailure(key: string): SettingFailure {
  return createFailure({
    code: "SETTING_ASYNC",
    text: `\`${key}\` is fresh and async: read it with \`await env.get("${key}")\`.`,
    chain: [key],
    hint: "Nothing keeps a fresh value for a plain read.",
  });
}

function abridge(chain: readonly string[]): readonly string[] {
  return chain.length <= 12 ? chain : [...chain.slice(0, 6), "...", ...chain.slice(-5)];
}
