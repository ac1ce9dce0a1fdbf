import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Secret } from "../../command/secret.ts";
import { formatLocation, TaskError } from "../../errors.ts";
import { didYouMean } from "../../suggest.ts";
import type { TransferOptions } from "../shell.ts";
import { unreadable } from "./local-sources.ts";
import { writeContent } from "./remote-file.ts";
import type { TaskRun } from "./run.ts";

interface TemplateRequest {
  readonly localPath: string;
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const PLACEHOLDER = /\{\{\s*([\p{L}_$][\p{L}\p{N}_$.-]*)\s*\}\}/gu;

/**
 * Writes a local file with each `{{ key }}` replaced by its value: from `values`, else from the settings. Everything else in braces
 * stays as it is.
 * @returns true when the file on the host changed
 * @throws TaskError naming every key that is unknown or no text, with its line
 */
export async function writeTemplate(
  task: TaskRun,
  { localPath: file, path, values, mode }: TransferOptions & TemplateRequest,
): Promise<boolean> {
  const { env } = task;
  const text = await readFile(resolve(file), "utf8").catch((error: unknown) => {
    throw unreadable(`the template ${file}`, error);
  });
  const problems: string[] = [];
  const secrets: Secret[] = [];
  const found = new Map<string, string>();
  for (const { 1: key = "", index } of text.matchAll(PLACEHOLDER)) {
    if (found.has(key)) continue;
    found.set(key, "");
    const where = formatLocation({ file, line: text.slice(0, index).split("\n").length });
    const isGiven = Object.hasOwn(values, key);
    if (!isGiven && !env.reader.has(key)) {
      const meant = didYouMean(key, [...Object.keys(values), ...env.keys()]) ?? "";
      problems.push(`${where}: there is no setting or value "${key}". ${meant}`.trimEnd());
      continue;
    }
    const value: unknown = isGiven ? values[key] : await env.get(key);
    if (value instanceof Secret) secrets.push(value);
    const word = toText(value);
    if (word === undefined) problems.push(`${where}: "${key}" is ${describe(value)}, which is no text.`);
    else found.set(key, word);
  }
  if (problems.length > 0) {
    throw new TaskError(`The template cannot be filled in.\n${problems.join("\n")}`, {
      shortMessage: problems.length === 1 ? problems[0] : `${problems.length} problems in ${file}`,
      hint: "Pass missing values as the third argument of template(), or set them with env.set.",
    });
  }
  for (const secret of secrets) task.run.redactor.add(secret);
  const content = text.replace(PLACEHOLDER, (_, key: string) => found.get(key) ?? "");
  return writeContent(task, { path, content, mode, secret: secrets.length > 0, compare: true });
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
