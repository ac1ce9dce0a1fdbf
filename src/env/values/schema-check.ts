import { Secret } from "../../command/secret.ts";
import { parseValue, type Schema } from "../../schema.ts";
import { findSecrets, hideSecrets } from "./secret-text.ts";

export type Checked = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly wrong: string };

/** What the parts of zod's issues say that we read. */
interface Issue {
  readonly code?: string | undefined;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  readonly values?: readonly unknown[];
  readonly errors?: readonly (readonly Issue[])[];
}

/**
 * What a schema makes of a value, or what is wrong with it: "expected number, received string". A secret fits where the schema takes one,
 * not where it takes text: whoever reads the setting reads what its schema says. Nothing secret is in what is said to be wrong.
 */
export function checkValue(schema: Schema | undefined, value: unknown): Checked {
  if (schema === undefined) return { ok: true, value };
  const checked = parse(schema, value);
  const secrets = checked.ok ? [] : findSecrets(value);
  if (checked.ok || secrets.length === 0) return checked;
  const isSecret = value instanceof Secret ? "it is a secret" : "there is a secret in it";
  return {
    ok: false,
    wrong: `${hideSecrets(checked.wrong, secrets)} (${isSecret}, which only a schema like z.instanceof(Secret) takes)`,
  };
}

/** True when the schema looks into text at all, rather than refusing it for being text. */
export function takesText(schema: Schema, text: string): boolean {
  const parsed = parse(schema, text);
  return parsed.ok || parsed.issues === undefined || parsed.issues.some(isAboutText);
}

function isAboutText(issue: Issue): boolean {
  if (issue.path.length > 0 || issue.code === "invalid_type") return false;
  if (issue.code === "invalid_union") return (issue.errors ?? []).some((branch) => branch.some(isAboutText));
  return issue.code !== "invalid_value" || (issue.values ?? []).some((value) => typeof value === "string");
}

/** `issues`: none where the schema threw. */
function parse(schema: Schema, value: unknown): Checked & { readonly issues?: readonly Issue[] } {
  const result = parseValue(schema, value);
  if (result.success) return { ok: true, value: result.data };
  if (result.threw !== undefined) return { ok: false, wrong: result.threw };
  const issues: readonly Issue[] = result.issues;
  return { ok: false, wrong: issues.map(describeIssue).join("; "), issues };
}

function describeIssue(issue: Issue): string {
  const place = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  const text = issue.code === "invalid_union" ? describeUnion(issue) : issue.message.replace(/^Invalid input: /, "");
  return place === "" ? text : `${place.replace(/^\./, "")}: ${text}`;
}

function describeUnion(issue: Issue): string {
  const branches = (issue.errors ?? []).map((branch) => branch.map(describeIssue).join("; "));
  return branches.length === 0 ? issue.message : [...new Set(branches)].join(", or ");
}
