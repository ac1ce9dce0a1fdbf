import { hideUrlPasswords, neutralise } from "../../command/neutralise.ts";
import { Secret } from "../../command/secret.ts";
import type { Problem } from "../../errors.ts";
import { didYouMean } from "../../suggest.ts";
import type { DeclaredSetting, OptionSetting } from "../definition.ts";
import { isReserved } from "../reader.ts";
import { createFailure } from "../resolve/failure.ts";
import type { LayerValue } from "../resolve/state.ts";
import { describeDeclared } from "../resolve/value-checker.ts";
import { isSecretInput } from "../secret.ts";
import { checkValue, takesText } from "../values/schema-check.ts";
import { createLayerValue, type Layers, type LayerValues } from "./layers.ts";

/** The settings of `-s`, and what is wrong with them. */
export interface OptionSettings {
  readonly sources: LayerValues;
  readonly problems: readonly Problem[];
}

/** `own`: the settings of the hosts of the run. Of several `-s` for a key the last counts. */
export function createOptions(options: readonly OptionSetting[], layers: Layers, own: readonly LayerValues[]): OptionSettings {
  const sources = new Map<string, LayerValue>();
  const problems: Problem[] = [];
  const known = knownKeys(layers, own);
  for (const [key, option] of new Map(options.map((one) => [one.key, one]))) {
    if (isReserved(key)) {
      problems.push({ message: `\`${key}\` (-s) means something else on an env, so it cannot be set.`, subject: key });
      continue;
    }
    if (!known.has(key)) problems.push(unknownOption(key, known));
    const declared = layers.declarations.get(key);
    const others = othersOf(key, layers, own);
    // A value is judged with those of all layers.
    const value =
      "raw" in option ? readOption(option.raw, declared, others) : ({ ok: true, value: hide(option.value, others) } as const);
    if (value.ok) sources.set(key, optionSource(key, value.value));
    else {
      const text = `\`${key}\` (-s) is not right: ${value.wrong}.`;
      const hint = value.hint ?? describeDeclared(declared);
      problems.push({ message: text, subject: key, hint });
      sources.set(key, {
        ...optionSource(key, undefined),
        plain: createFailure({ code: "SETTING_INVALID", text, chain: [key], hint }),
      });
    }
  }
  return { sources, problems };
}

function optionSource(key: string, value: unknown): LayerValue {
  return createLayerValue(key, value, { layer: "option", name: undefined, where: undefined });
}

/** What is a secret elsewhere is one here too. */
function hide(value: unknown, others: readonly LayerValue[]): unknown {
  return typeof value === "string" && others.some(isSecretSource) ? new Secret(value) : value;
}

function othersOf(key: string, layers: Layers, own: readonly LayerValues[]): readonly LayerValue[] {
  const all = [...own, ...layers.roles.values(), layers.deployfile, layers.defaults];
  return all.flatMap((sources) => sources.get(key) ?? []);
}

function knownKeys(layers: Layers, own: readonly LayerValues[]): ReadonlySet<string> {
  const all = [layers.declarations, layers.deployfile, ...layers.roles.values(), ...own];
  return new Set(all.flatMap((layer) => [...layer.keys()]));
}

function unknownOption(key: string, known: ReadonlySet<string>): Problem {
  return {
    message: `\`${key}\` (-s) is not a setting: nothing declares or sets it.`,
    subject: key,
    hint: didYouMean(key, known, (near) => `\`${near}\``) ?? "`fake env` lists the settings of a role.",
  };
}

/** What `-s key=value` means, or what is wrong with it. */
export type OptionValue =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly wrong: string; readonly hint: string | undefined };

/**
 * SettingReads the text of `-s key=value`: as it is where the setting takes text, so that `branch=1.10` stays `1.10`; as JSON otherwise.
 * Without a schema the plain values that other layers give the key say what it takes. What is a secret elsewhere is one here too.
 */
export function readOption(raw: string, declared: DeclaredSetting | undefined, others: readonly LayerValue[]): OptionValue {
  const isSecret = others.some(isSecretSource);
  const schema = declared?.declaration.schema;
  if (schema === undefined) return isSecret ? asText(raw, true) : likeOthers(raw, others);

  const text = asText(raw, isSecret);
  const asItIs = checkValue(schema, text.value);
  if (asItIs.ok) return text;
  const wrapped = asText(raw, true);
  if (checkValue(schema, wrapped.value).ok) return wrapped;

  const parsed = parseJson(raw);
  // Text in quotes would be text again: that was refused above.
  if (parsed !== undefined && typeof parsed.value !== "string") {
    const checked = checkValue(schema, parsed.value);
    if (checked.ok || !takesText(schema, raw))
      return checked.ok ? { ok: true, value: parsed.value } : wrongValue(raw, checked.wrong, isSecret);
  }
  return wrongValue(raw, asItIs.wrong, isSecret);
}

export function isSecretSource(source: LayerValue): boolean {
  return isSecretInput(source.callable ?? source.input);
}

function asText(raw: string, isSecret: boolean): { readonly ok: true; readonly value: unknown } {
  return { ok: true, value: isSecret ? new Secret(raw) : raw };
}

function likeOthers(raw: string, others: readonly LayerValue[]): OptionValue {
  const example = others.find((source) => source.callable === undefined)?.input;
  if (example === undefined || typeof example === "string") return asText(raw, false);
  const parsed = parseJson(raw);
  if (example === null) return parsed === undefined ? asText(raw, false) : { ok: true, value: parsed.value };
  const kind = kindOf(example);
  if (parsed !== undefined && kindOf(parsed.value) === kind) return { ok: true, value: parsed.value };
  return wrongValue(raw, `expected ${kind}, as it is elsewhere`, false);
}

function wrongValue(raw: string, wrong: string, isSecret: boolean): OptionValue {
  const text = hideUrlPasswords(neutralise(raw));
  const shown = isSecret ? "[redacted]" : text.length <= 60 ? text : `${text.slice(0, 57)}...`;
  return { ok: false, wrong: `${wrong} (-s gave the text "${shown}")`, hint: writeAsJson(wrong) };
}

function writeAsJson(wrong: string): string | undefined {
  if (/\b(array|tuple)\b/.test(wrong)) return `Values that are not text are written as JSON: -s 'key=["a","b"]'.`;
  if (/\b(object|record)\b/.test(wrong)) return `Values that are not text are written as JSON: -s 'key={"name":"value"}'.`;
  return undefined;
}

function parseJson(raw: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(raw) };
  } catch {
    return undefined;
  }
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
}
