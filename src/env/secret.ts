import { composeSecret, Secret } from "../command/secret.ts";
import { UsageError } from "../errors.ts";
import type { Callable, EnvReader } from "./settings.ts";
import { isThenable } from "./values/thenable.ts";

/** On callables made by `secret()`: what they give is a secret, known before they are called. */
const YIELDS_SECRET = Symbol("secret");

/**
 * A value that must never be seen: it is `[redacted]` in all that is shown, in the output of remote commands too. It reaches a command
 * by `vars`, `stdin` or `writeFile`, never as part of its text. As a tag it makes one secret of text with secrets in it: in a plain
 * template literal a secret is an error.
 * @param callable called when the setting is first read, as any callable is; that it gives a secret is known before
 * @throws UsageError when it is given anything but text, a secret or a function
 * @example
 * defineDeployfile<{ password: Secret; url: Secret }>(({ env }) => {
 *   env.set({ password: secret(() => process.env["PASSWORD"]) });
 *   env.set({ url: async (env) => secret`postgres://app:${await env.get("password")}@db.example.com/shop` });
 * });
 * task("configure", async ({ env, writeFile }) => {
 *   await writeFile(".env", secret`TOKEN=${await env.get("token")}\nDATABASE_URL=${await env.get("url")}\n`);
 * });
 */
export function secret(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | boolean | bigint | Secret)[]
): Secret;
export function secret<S = unknown>(callable: Callable<string | Secret | undefined, S>): Callable<Secret, S>;
export function secret(text: string | Secret): Secret;
export function secret<S>(
  source: TemplateStringsArray | string | Secret | Callable<string | Secret | undefined, S>,
  ...values: readonly unknown[]
): Secret | Callable<Secret, S> {
  if (typeof source === "string") return new Secret(source);
  if (source instanceof Secret) return source;
  if (Array.isArray(source) && "raw" in source) return composeSecret(source as TemplateStringsArray, values);
  if (typeof source !== "function") {
    throw new UsageError("SECRET_NOT_TEXT", `A secret is text or a function that gives text, not ${typeof source}.`);
  }
  const callable = (env: EnvReader<S>) => {
    const value = source(env);
    return isThenable(value) ? value.then(toSecret) : toSecret(value);
  };
  // `undefined` passes through, so that the setting can say that its callable gave no value.
  return Object.assign(callable, { [YIELDS_SECRET]: true }) as Callable<Secret, S>;
}

/** True for a secret, and for a callable that was made by `secret()`. */
export function isSecretInput(input: unknown): boolean {
  return input instanceof Secret || (typeof input === "function" && YIELDS_SECRET in input);
}

function toSecret(value: unknown): Secret | undefined {
  if (value === undefined || value instanceof Secret) return value;
  if (typeof value !== "string") throw new UsageError("SECRET_NOT_TEXT", `A secret must be text, not ${typeof value}.`);
  return new Secret(value);
}
