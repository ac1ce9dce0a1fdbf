import { Secret } from "../../command/secret.ts";
import type { HostEnv } from "../../env/definition.ts";
import { formatLocation, TaskError } from "../../errors.ts";
import { suggest } from "../../suggest.ts";

export interface FilledTemplate {
  readonly text: string;
  /** Values that must not be seen. */
  readonly secrets: readonly Secret[];
}

export interface TemplateSource {
  readonly file: string;
  readonly text: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly env: HostEnv;
}

const PLACEHOLDER = /\{\{\s*([\p{L}_$][\p{L}\p{N}_$.-]*)\s*\}\}/gu;

/**
 * Replaces each `{{ key }}` by its value: from `values`, else from the settings. Everything else in braces stays as it is.
 * @throws TaskError naming every key that is unknown or no text, with its line
 */
export async function fillTemplate({ file, text, values, env }: TemplateSource): Promise<FilledTemplate> {
  const problems: string[] = [];
  const secrets: Secret[] = [];
  const found = new Map<string, string>();
  for (const { 1: key = "", index } of text.matchAll(PLACEHOLDER)) {
    if (found.has(key)) continue;
    const where = formatLocation({ file, line: text.slice(0, index).split("\n").length });
    if (!Object.hasOwn(values, key) && !env.reader.has(key)) {
      const close = suggest(key, [...Object.keys(values), ...env.keys()]);
      problems.push(`${where}: there is no setting or value "${key}".${close === undefined ? "" : ` Did you mean "${close}"?`}`);
      found.set(key, "");
      continue;
    }
    const value: unknown = Object.hasOwn(values, key) ? values[key] : await env.get(key);
    if (value instanceof Secret) secrets.push(value);
    const word = toText(value);
    if (word === undefined) problems.push(`${where}: "${key}" is ${describe(value)}, which is no text.`);
    found.set(key, word ?? "");
  }
  if (problems.length > 0) {
    throw new TaskError(`The template cannot be filled in.\n${problems.join("\n")}`, {
      shortMessage: problems.length === 1 ? problems[0] : `${problems.length} problems in ${file}`,
      hint: "Pass missing values as the third argument of template(), or set them with env.set.",
    });
  }
  return { text: text.replace(PLACEHOLDER, (_, key: string) => found.get(key) ?? ""), secrets };
}

function toText(value: unknown): string | undefined {
  if (value instanceof Secret) return value.reveal();
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint" ? String(value) : undefined;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
