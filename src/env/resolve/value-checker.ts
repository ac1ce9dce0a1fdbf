import { neutralise } from "../../command/neutralise.ts";
import { FakeError, toError } from "../../errors.ts";
import { didYouMean } from "../../suggest.ts";
import type { DeclaredSetting } from "../definition.ts";
import type { Locate } from "../layers/locate-key.ts";
import { describeProvenance } from "../values/describe.ts";
import { frozenData } from "../values/plain-data.ts";
import { checkValue } from "../values/schema-check.ts";
import type { SecretBook } from "../values/secret-text.ts";
import { ignoreRejection, isThenable } from "../values/thenable.ts";
import { createFailure, failedOf, neededBy } from "./failure.ts";
import type { LayerValue, SettingFailure, SettingResult } from "./state.ts";

/** Says what values come to: checked by their schema, frozen, their secrets known; or why there is none. */
export interface ValueChecker {
  /** A plain value, or what a callable gave. */
  value(source: LayerValue, value: unknown): SettingResult;
  /** What a source without a callable comes to. */
  plain(source: LayerValue): SettingResult;
  /** What a callable threw. */
  thrown(source: LayerValue, error: unknown): SettingFailure;
  /** A key that no layer sets. `known`: the keys that are. */
  absent(key: string, known: () => Iterable<string>): SettingResult;
}

export interface ValueCheckerParts {
  readonly declarations: ReadonlyMap<string, DeclaredSetting>;
  readonly secrets: SecretBook;
  readonly locate: Locate;
  readonly placeholders: boolean;
}

export function createValueChecker({ declarations, secrets, locate, placeholders }: ValueCheckerParts): ValueChecker {
  function whose(source: LayerValue): string {
    return `\`${source.key}\` (${describeProvenance(locate(source))})`;
  }

  function value(source: LayerValue, given: unknown): SettingResult {
    const declared = declarations.get(source.key);
    if (isThenable(given)) return isPromise(source, whose(source), given);
    secrets.learn(given);
    const checked = checkValue(declared?.declaration.schema, given);
    if (given === undefined && (!checked.ok || declared?.declaration.schema === undefined)) return noValue(source, whose(source));
    if (!checked.ok) return invalid(source, whose(source), secrets.hide(checked.wrong), declared);
    if (checked.value !== given) secrets.learn(checked.value);
    return { kind: "value", value: frozenData(checked.value) };
  }

  function thrown(source: LayerValue, error: unknown): SettingFailure {
    const failed = failedOf(error);
    if (failed !== undefined) return neededBy(source.key, failed);
    const original = toError(error);
    const message = neutralise(secrets.hide(original.message));
    // What a recipe's own default says on purpose stands for itself: the user did not write it.
    const spoken = original instanceof FakeError && locate(source).layer === "default";
    return createFailure({
      code: "SETTING_THREW",
      text: spoken ? message : `${whose(source)} threw: ${message}`,
      chain: [source.key],
      hint: original instanceof FakeError ? original.hint : undefined,
      cause: secrets.hideIn(original),
    });
  }

  function absent(key: string, known: () => Iterable<string>): SettingResult {
    const declared = declarations.get(key);
    if (declared === undefined) return unknownKey(key, known());
    if (declared.declaration.kind === "fact")
      return placeholders ? { kind: "value", value: `<${key}>` } : unsetFact(key, declared);
    const { schema } = declared.declaration;
    const checked = schema === undefined ? undefined : checkValue(schema, undefined);
    return checked?.ok === true ? { kind: "value", value: frozenData(checked.value) } : missing(key, declared);
  }

  function plain(source: LayerValue): SettingResult {
    source.plain ??= value(source, source.input);
    return source.plain;
  }

  return { value, plain, thrown, absent };
}

/** What would be right, in the words of the declaration. */
export function describeDeclared(declared: DeclaredSetting | undefined): string | undefined {
  if (declared === undefined) return undefined;
  const { desc, example } = declared.declaration;
  const sentence = /[.!?]$/.test(desc) ? desc : `${desc}.`;
  return example === undefined ? sentence : `${sentence} For example: ${example}`;
}

function invalid(source: LayerValue, whose: string, wrong: string, declared: DeclaredSetting | undefined): SettingFailure {
  const text = `${whose} is not right: ${wrong}.`;
  return createFailure({ code: "SETTING_INVALID", text, chain: [source.key], hint: describeDeclared(declared) });
}

function noValue(source: LayerValue, whose: string): SettingFailure {
  return createFailure({
    code: "SETTING_UNDEFINED",
    text: `${whose} has no value: its function gave undefined.`,
    chain: [source.key],
    hint: "Return a value from it, or leave the key out.",
  });
}

function isPromise(source: LayerValue, whose: string, given: unknown): SettingFailure {
  ignoreRejection(given);
  return createFailure({
    code: "SETTING_PROMISE",
    text: `${whose} is a promise.`,
    chain: [source.key],
    hint: `Set a function that returns it, \`() => ...\`: it is called when the setting is first read.`,
  });
}

function unknownKey(key: string, known: Iterable<string>): SettingFailure {
  return createFailure({
    code: "SETTING_UNKNOWN",
    text: `Nothing sets \`${key}\`.`,
    chain: [key],
    hint: didYouMean(key, known, (near) => `\`${near}\``) ?? `Set it with env.set, or ask first with env.has("${key}").`,
  });
}

function missing(key: string, declared: DeclaredSetting): SettingFailure {
  return createFailure({
    code: "SETTING_MISSING",
    text: `\`${key}\` is not set.`,
    chain: [key],
    hint: `Set it in the deployfile with env.set, or with -s ${key}=... ${describeDeclared(declared) ?? ""}`.trim(),
  });
}

function unsetFact(key: string, declared: DeclaredSetting): SettingFailure {
  return createFailure({
    code: "FACT_UNSET",
    text: `\`${key}\` is only known during a run, and no task has stated it yet.`,
    chain: [key],
    hint: `${describeDeclared(declared) ?? ""} Read it in a task that runs after the one that states it, or ask with env.has("${key}").`.trim(),
    unset: key,
  });
}
