import { hideUrlPasswords, neutralise } from "../../command/neutralise.ts";
import { Secret } from "../../command/secret.ts";
import type { Problem } from "../../errors.ts";
import { didYouMean } from "../../suggest.ts";
import type { DeclaredSetting, OptionSetting } from "../definition.ts";
import { isReserved } from "../reader.ts";
import { createFailure, type SettingFailure } from "../resolve/failure.ts";
import { describeDeclared } from "../resolve/value-checker.ts";
import { isSecretInput } from "../secret.ts";
import { shorten } from "../values/describe.ts";
import { checkValue, takesText } from "../values/schema-check.ts";
import { createLayerValue, type Layers, type LayerValue, type LayerValues } from "./layers.ts";

/**
 * The settings of `-s`, and the names there that are wrong. Of several for a key the last counts.
 * @param own the settings of the hosts of the run
 */
export function createOptions(
  options: readonly OptionSetting[],
  layers: Layers,
  own: readonly LayerValues[],
): { readonly sources: LayerValues; readonly problems: readonly Problem[] } {
  const sources = new Map<string, LayerValue>();
  const problems: Problem[] = [];
  const others = [...own, ...layers.roles.values(), layers.deployfile, layers.defaults];
  const known = new Set([layers.declarations, ...others].flatMap((layer) => [...layer.keys()]));
  for (const [key, option] of new Map(options.map((one) => [one.key, one]))) {
    if (isReserved(key)) {
      problems.push({ message: `\`${key}\` (-s) means something else on an env, so it cannot be set.`, subject: key });
      continue;
    }
    if (!known.has(key)) {
      const hint = didYouMean(key, known, (near) => `\`${near}\``) ?? "`fake env` lists the settings of a role.";
      problems.push({ message: `\`${key}\` (-s) is not a setting: nothing declares or sets it.`, subject: key, hint });
    }
    const declared = layers.declarations.get(key);
    const elsewhere = others.flatMap((layer) => layer.get(key) ?? []);
    if ("value" in option) sources.set(key, optionSource(key, hide(option.value, elsewhere)));
    else {
      const read = readOption(option.raw, declared, elsewhere);
      sources.set(key, read.ok ? optionSource(key, read.value) : optionSource(key, undefined, wrongOption(key, read, declared)));
    }
  }
  return { sources, problems };
}

function optionSource(key: string, value: unknown, plain?: SettingFailure): LayerValue {
  return createLayerValue(key, value, { layer: "option", name: undefined, where: undefined }, plain);
}

function wrongOption(key: string, { wrong, hint }: WrongOption, declared: DeclaredSetting | undefined): SettingFailure {
  const text = `\`${key}\` (-s) is not right: ${wrong}.`;
  return createFailure({ code: "SETTING_INVALID", text, chain: [key], hint: hint ?? describeDeclared(declared) });
}

/** What is a secret elsewhere is one here too. */
function hide(value: unknown, others: readonly LayerValue[]): unknown {
  return typeof value === "string" && others.some(isSecretSource) ? new Secret(value) : value;
}

/** What `-s key=value` means, or what is wrong with it. */
type OptionValue = { readonly ok: true; readonly value: unknown } | WrongOption;

interface WrongOption {
  readonly ok: false;
  readonly wrong: string;
  readonly hint: string | undefined;
}

/**
 * Reads the text of `-s key=value`: as it is where the setting takes text, so that `branch=1.10` stays `1.10`; as JSON otherwise.
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
    if (checked.ok) return { ok: true, value: parsed.value };
    if (!takesText(schema, raw)) return wrongValue(raw, checked.wrong, isSecret);
  }
  return wrongValue(raw, asItIs.wrong, isSecret);
}

function isSecretSource({ callable, input }: LayerValue): boolean {
  return isSecretInput(callable ?? input);
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
  const shown = isSecret ? "[redacted]" : shorten(hideUrlPasswords(neutralise(raw)));
  return { ok: false, wrong: `${wrong} (-s gave the text "${shown}")`, hint: writeAsJson(wrong) };
}

function writeAsJson(wrong: string): string | undefined {
  const example = /\b(array|tuple)\b/.test(wrong)
    ? '["a","b"]'
    : /\b(object|record)\b/.test(wrong)
      ? '{"name":"value"}'
      : undefined;
  return example === undefined ? undefined : `Values that are not text are written as JSON: -s 'key=${example}'.`;
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
