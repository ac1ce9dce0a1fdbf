import { execFile } from "node:child_process";
import { type Callable, Secret, secret, suggest, UsageError } from "../../index.ts";

/**
 * Secrets by name, from one place: a file, a program, a vault. It is asked once, when the first of them is needed; where it gives none, the
 * next one asks again.
 * @example
 * const app: SecretSource = dotenv("production.env");
 * env.set({ sudoPassword: app("SUDO_PASSWORD"), secretsFrom: [app] });
 */
export interface SecretSource {
  /** One of them, for the value of a setting. @throws UsageError when it is read and there is none, with names that are close */
  (name: string): Callable<Secret>;
  /** All there are, by name. @throws UsageError where it cannot be read */
  all(): Promise<ReadonlyMap<string, Secret>>;
}

/**
 * @param where for people: `the file production.env`
 * @param read gives plain text by name. It may throw what says why it cannot.
 */
export function createSource(where: string, read: () => Promise<ReadonlyMap<string, string>>): SecretSource {
  let asked: Promise<ReadonlyMap<string, Secret>> | undefined;
  const all = (): Promise<ReadonlyMap<string, Secret>> => {
    asked ??= read().then((found) => new Map([...found].map(([name, text]) => [name, new Secret(text)])));
    asked.catch(() => {
      asked = undefined;
    });
    return asked;
  };
  const one = (name: string): Callable<Secret> =>
    secret(async () => {
      const found = await all();
      const value = found.get(name);
      if (value !== undefined) return value;
      const near = suggest(name, found.keys());
      const hint = near === undefined ? `It has: ${[...found.keys()].join(", ") || "none"}.` : `Did you mean "${near}"?`;
      throw new UsageError("SECRET_UNKNOWN", `There is no ${JSON.stringify(name)} in ${where}.`, { hint });
    });
  return Object.assign(one, { all });
}

/** Fields of a JSON object as text, those of objects in it as `outer.inner`; lists are left out. */
export function flatten(value: unknown, prefix = ""): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [key, each] of Object.entries(typeof value === "object" && value !== null ? value : {})) {
    if (typeof each === "string" || typeof each === "number" || typeof each === "boolean")
      found.set(`${prefix}${key}`, String(each));
    else if (!Array.isArray(each)) for (const [name, text] of flatten(each, `${prefix}${key}.`)) found.set(name, text);
  }
  return found;
}

/** @throws UsageError where it is no JSON, without a word of it */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError("SECRET_SOURCE", `${where} printed what is not JSON.`);
  }
}

const MOST_OUTPUT = 1024 * 1024;
const MOST_TIME_MS = 120_000;

/**
 * Runs a program of this machine, with its questions on the terminal.
 * @returns its stdout
 * @throws UsageError with the end of its stderr; what it printed on stdout is told nobody
 */
export function ask(program: string, args: readonly string[], shown: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { maxBuffer: MOST_OUTPUT, timeout: MOST_TIME_MS }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      reject(refusal(error, stderr, shown));
    });
    child.stdin?.end();
  });
}

function refusal(error: Error & { code?: number | string | null; killed?: boolean }, stderr: string, shown: string): UsageError {
  const [program] = shown.split(" ");
  if (error.code === "ENOENT" || error.code === 127) {
    return new UsageError("SECRET_SOURCE", `\`${shown}\` cannot be run: ${program} is not installed on this machine.`, {
      hint: "Install it, or see that it is in the PATH.",
    });
  }
  const said = stderr.trim().split("\n").slice(-3).join("\n");
  const what = error.killed === true ? "gave no answer in 2 minutes" : `ended with exit code ${error.code}`;
  return new UsageError("SECRET_SOURCE", `\`${shown}\` ${what}${said === "" ? "." : `: ${said}`}`, { cause: error });
}
