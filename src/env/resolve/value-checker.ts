import { neutralise } from "../../command/neutralise.ts";
import { FakeError, toError } from "../../errors.ts";
import { didYouMean } from "../../suggest.ts";
import type { DeclaredSetting } from "../definition.ts";
import type { Layers, LayerValue } from "../layers/layers.ts";
import type { Locate } from "../layers/locate-key.ts";
import { describeProvenance } from "../values/describe.ts";
import { frozenData } from "../values/plain-data.ts";
import { checkValue } from "../values/schema-check.ts";
import type { SecretBook } from "../values/secret-text.ts";
import { ignoreRejection, isThenable } from "../values/thenable.ts";
import { createFailure, failedOf, neededBy, type SettingFailure, type SettingResult } from "./failure.ts";

/** Says what values come to: checked by their schema, frozen, their secrets known; or why there is none. */
export type ValueChecker = ReturnType<typeof createValueChecker>;

/** @param placeholders facts that no task has stated read as `<key>` */
export function createValueChecker(
  declarations: Layers["declarations"],
  secrets: SecretBook,
  locate: Locate,
  placeholders: boolean,
) {
  function whose(source: LayerValue): string {
    return `\`${source.key}\` (${describeProvenance(locate(source))})`;
  }

  /** A plain value, or what a callable gave. */
  function value(source: LayerValue, given: unknown): SettingResult {
    const { key } = source;
    const declared = declarations.get(key);
    const schema = declared?.declaration.schema;
    if (isThenable(given)) {
      ignoreRejection(given);
      const hint = "Set a function that returns it, `() => ...`: it is called when the setting is first read.";
      return createFailure({ code: "SETTING_PROMISE", text: `${whose(source)} is a promise.`, chain: [key], hint });
    }
    secrets.learn(given);
    const checked = checkValue(schema, given);
    if (given === undefined && (!checked.ok || schema === undefined)) {
      const text = `${whose(source)} has no value: its function gave undefined.`;
      const hint = "Return a value from it, or leave the key out.";
      return createFailure({ code: "SETTING_UNDEFINED", text, chain: [key], hint });
    }
    if (!checked.ok) {
      const text = `${whose(source)} is not right: ${secrets.hide(checked.wrong)}.`;
      return createFailure({ code: "SETTING_INVALID", text, chain: [key], hint: describeDeclared(declared) });
    }
    if (checked.value !== given) secrets.learn(checked.value);
    return { kind: "value", value: frozenData(checked.value) };
  }

  /** What a source without a callable comes to. */
  function plain(source: LayerValue): SettingResult {
    source.plain ??= value(source, source.input);
    return source.plain;
  }

  /** What a callable threw. */
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

  /** A key that no layer sets. `known`: the keys that are. */
  function absent(key: string, known: () => Iterable<string>): SettingResult {
    const declared = declarations.get(key);
    const { kind, schema } = declared?.declaration ?? {};
    if (kind === "fact" && placeholders) return { kind: "value", value: `<${key}>` };
    const byItself = kind === "setting" && schema !== undefined ? checkValue(schema, undefined) : undefined;
    if (byItself?.ok === true) return { kind: "value", value: frozenData(byItself.value) };
    const described = describeDeclared(declared) ?? "";
    const chain = [key];
    if (declared === undefined) {
      const hint =
        didYouMean(key, known(), (near) => `\`${near}\``) ?? `Set it with env.set, or ask first with env.has("${key}").`;
      return createFailure({ code: "SETTING_UNKNOWN", text: `Nothing sets \`${key}\`.`, chain, hint });
    }
    if (kind === "setting") {
      const hint = `Set it in the deployfile with env.set, or with -s ${key}=... ${described}`.trim();
      return createFailure({ code: "SETTING_MISSING", text: `\`${key}\` is not set.`, chain, hint });
    }
    const text = `\`${key}\` is only known during a run, and no task has stated it yet.`;
    const hint = `${described} Read it in a task that runs after the one that states it, or ask with env.has("${key}").`.trim();
    return createFailure({ code: "FACT_UNSET", text, chain, hint, unset: key });
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
