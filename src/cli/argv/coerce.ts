import { parseValue, type Schema } from "../../schema.ts";

/**
 * What the text of an argument means to its schema: the text itself where that is right, else what it is as JSON, as yes or
 * no, or as a list with commas. Undefined when none fits: the text is then what the schema complains about.
 */
export function coerceText(schema: Schema, text: string): { readonly value: unknown } | undefined {
  for (const value of readings(text)) if (parseValue(schema, value).success) return { value };
  return undefined;
}

/** True when the argument can be given by its name alone: `--force`. */
export function isFlag(schema: Schema): boolean {
  const takes = (value: unknown): boolean => parseValue(schema, value).success;
  return takes(true) && takes(false) && !takes(7) && !takes("neither");
}

function* readings(text: string): Generator<unknown> {
  yield text;
  const json = parseJson(text);
  if (json !== undefined) yield json;
  const word = text.toLowerCase();
  if (["yes", "on", "true"].includes(word)) yield true;
  if (["no", "off", "false"].includes(word)) yield false;
  const parts = text === "" ? [] : text.split(",");
  yield parts;
  yield parts.map((part) => parseJson(part) ?? part);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
