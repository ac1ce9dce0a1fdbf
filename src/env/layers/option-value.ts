import { neutralise } from "../../command/neutralise.ts";
import { Secret } from "../../command/secret.ts";
import { hideUrlPasswords } from "../../command/url-password.ts";
import type { DeclaredSetting } from "../definition.ts";
import type { LayerValue } from "../resolve/state.ts";
import { isSecretInput } from "../secret.ts";
import { checkValue, takesText } from "../values/schema-check.ts";

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
