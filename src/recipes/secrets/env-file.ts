import { type Problem, ProblemsError, type Secret, secret } from "../../index.ts";
import { dotenv } from "./dotenv.ts";
import type { SecretSource } from "./source.ts";

/**
 * What a file of variables is put together from, later ones over earlier ones: a file with such lines, a source, or values by name.
 * @example const parts: EnvFilePart[] = ["defaults.env", sops("production.enc.env"), { PORT: 3000 }];
 */
export type EnvFilePart = string | SecretSource | Readonly<Record<string, string | number | boolean | Secret>>;

/**
 * How values are written. `quoted` is read alike by sh, systemd, node, dotenv and python-dotenv; `plain` is for `docker run --env-file`, which
 * knows no quotes.
 */
export type EnvFileStyle = (typeof ENV_FILE_STYLES)[number];
export const ENV_FILE_STYLES = ["quoted", "plain"] as const;

/** What a shell, docker and systemd all take for a name. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** It travels as one variable, of which Linux takes 128 KiB. */
const MOST_BYTES = 100 * 1024;

/**
 * The whole file as one secret, a line `KEY=value` for each name, sorted.
 * @throws ProblemsError for names that are none, and for values that readers would not read alike; never with a value
 */
export async function composeEnvFile(parts: readonly EnvFilePart[], style: EnvFileStyle): Promise<Secret> {
  const values = new Map<string, string | Secret>();
  for (const part of parts) for (const [name, value] of await valuesOf(part)) values.set(name, value);
  const problems: Problem[] = [];
  let file = secret("");
  for (const name of [...values.keys()].sort()) {
    const value = values.get(name) ?? "";
    const text = typeof value === "string" ? value : value.reveal();
    const line = NAME.test(name) ? write(text, style) : { fault: "is no name of a variable", hint: "Use letters, digits and _." };
    if (typeof line !== "string")
      problems.push({ message: `secretsFrom: ${JSON.stringify(name)} ${line.fault}.`, hint: line.hint });
    // What is no secret by itself is hidden with its line only.
    else file = typeof value === "string" ? secret`${file}${name}=${line}\n` : secret`${file}${name}=${secret(line)}\n`;
  }
  if (Buffer.byteLength(file.reveal()) > MOST_BYTES)
    problems.push({ message: "secretsFrom: the file would be larger than 100 KiB." });
  if (problems.length > 0) throw new ProblemsError("SECRETS_FILE", problems);
  return file;
}

async function valuesOf(part: EnvFilePart): Promise<Iterable<readonly [string, string | Secret]>> {
  if (typeof part === "string") return await dotenv(part).all();
  if (typeof part === "function") return await part.all();
  return Object.entries(part).map(([name, value]) => [name, typeof value === "object" ? value : String(value)] as const);
}

/** Of a value that means nothing to anybody: without quotes all read the same. */
const BARE = /^[A-Za-z0-9_./:@%+,-]*$/;

interface Refusal {
  readonly fault: string;
  readonly hint: string;
}

/**
 * Sources: the manuals of sh, systemd.exec(5) and docker; `findings/env-file-*.sh` has how readers differ where a value has quotes in it.
 * A `$` in single quotes is text for all of them, but for dotenv-expand, which Next.js and Vite use.
 */
function write(value: string, style: EnvFileStyle): string | Refusal {
  if (/[\0\r]/.test(value))
    return { fault: "holds a NUL or a carriage return, which readers drop or keep", hint: "Encode it, as base64 say." };
  if (style === "plain") {
    return value.includes("\n") || value !== value.trim()
      ? {
          fault: "cannot be written for docker, which knows no quotes: it has a line end, or blanks around it",
          hint: "Encode it, as base64 say.",
        }
      : value;
  }
  if (BARE.test(value)) return value;
  if (!/['\\\n]/.test(value)) return `'${value}'`;
  if (!/["\\$`\n]/.test(value)) return `"${value}"`;
  return {
    fault: "has a line end, a backslash, or both kinds of quotes: programs that read such files would each read another value",
    hint: "Encode it, as base64 say, or hand it over in a file of its own: writeFile(path, value).",
  };
}
