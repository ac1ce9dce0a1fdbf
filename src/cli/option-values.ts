import { z } from "zod";
import type { Problem } from "../errors.ts";
import { suggest } from "../suggest.ts";
import type { OptionName } from "./options.ts";

export const REPORTERS = ["auto", "tree", "plain", "json", "quiet"] as const;
export const HOST_KEYS = ["strict", "accept-new"] as const;
export const FORMATS = ["tree", "mermaid", "dot", "json"] as const;

/** A setting given with `-s`: the text as it was written. */
export interface SetOption {
  readonly key: string;
  readonly raw: string;
}

/** The options of one command line, filled in. */
export interface Options {
  readonly roles: readonly string[];
  readonly only: readonly string[];
  readonly hosts: readonly string[];
  readonly exclude: readonly string[];
  readonly all: boolean;
  readonly set: readonly SetOption[];
  readonly parallel: number | undefined;
  readonly batch: number | `${number}%` | undefined;
  readonly dryRun: boolean;
  readonly noFuse: boolean;
  readonly yes: boolean;
  readonly nonInteractive: boolean;
  readonly reporter: (typeof REPORTERS)[number];
  readonly logFile: string | undefined;
  readonly verbose: boolean;
  readonly timings: boolean;
  readonly json: boolean;
  readonly flights: boolean;
  readonly format: (typeof FORMATS)[number];
  readonly sshConfig: string | undefined;
  readonly hostKeys: (typeof HOST_KEYS)[number] | undefined;
  readonly file: string | undefined;
  readonly yaml: boolean;
  readonly keep: boolean;
  readonly debug: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

const flag = z.boolean().default(false);
const list = z
  .array(z.string())
  .default([])
  .transform((values) => values.flatMap((value) => value.split(",")).map((value) => value.trim()))
  .refine((values) => values.every((value) => value !== ""), "has an empty name in its list")
  .transform((values) => [...new Set(values)]);
const hostList = list.refine(
  (values) => values.every((value) => !value.startsWith("-")),
  "names a host that begins with a dash: no host does",
);
const path = z.string().min(1, "needs the name of a file").optional();
const amount = z
  .string()
  .regex(/^[1-9][0-9]{0,5}$/, "takes a whole number, 1 or more")
  .transform(Number);
const share = z
  .string()
  .regex(/^(?:[1-9][0-9]?|100)%$|^[1-9][0-9]{0,5}$/, "takes a number of hosts, 1 or more, or a share: 1% to 100%")
  .transform((text) => (text.endsWith("%") ? (text as `${number}%`) : Number(text)));
const pairs = z
  .array(z.string())
  .default([])
  .transform((values, context) =>
    values.map((value): SetOption => {
      const at = value.indexOf("=");
      if (at < 1) context.addIssue({ code: "custom", message: `takes KEY=VALUE, not ${JSON.stringify(value)}` });
      return { key: value.slice(0, at), raw: value.slice(at + 1) };
    }),
  );

const schemas = {
  roles: list,
  only: list,
  hosts: hostList,
  exclude: hostList,
  all: flag,
  set: pairs,
  parallel: amount.optional(),
  batch: share.optional(),
  "dry-run": flag,
  "no-fuse": flag,
  yes: flag,
  "non-interactive": flag,
  reporter: oneOf(REPORTERS).default("auto"),
  "log-file": path,
  verbose: flag,
  timings: flag,
  json: flag,
  flights: flag,
  format: oneOf(FORMATS).default("tree"),
  "ssh-config": path,
  "host-keys": oneOf(HOST_KEYS).optional(),
  file: path,
  yaml: flag,
  keep: flag,
  debug: flag,
  help: flag,
  version: flag,
} satisfies { readonly [K in OptionName]: z.ZodType };

/** Everything that is wrong with the values of options; what is wrong has its default in `options`. */
export function parseOptionValues(given: Readonly<Record<string, unknown>>): { options: Options; problems: Problem[] } {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(schemas)) {
    const parsed = schema.safeParse(given[name]);
    const fallback = (): unknown => schema.safeParse(undefined).data;
    values[camelCase(name)] = parsed.success ? parsed.data : fallback();
    for (const issue of parsed.error?.issues ?? []) problems.push(toProblem(name, given[name], issue.message));
  }
  return { options: values as unknown as Options, problems };
}

function toProblem(name: string, value: unknown, message: string): Problem {
  const [what, hint] = message.split("\n");
  const shown = typeof value === "string" ? ` (got ${JSON.stringify(value)})` : "";
  return { message: `--${name} ${what}${shown}.`, subject: name, hint };
}

function oneOf<const T extends readonly string[]>(words: T): z.ZodType<T[number], string> {
  return z.string().transform((word, context) => {
    if (words.includes(word)) return word as T[number];
    const near = suggest(word, words);
    const message = `is one of ${words.join(", ")}${near === undefined ? "" : `\nDid you mean ${near}?`}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
