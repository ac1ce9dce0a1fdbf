import { Secret } from "../command/secret.ts";
import { UsageError } from "../errors.ts";
import type { Callable, EnvReader } from "./settings.ts";
import { isThenable } from "./values/thenable.ts";

/** On callables made by `secret()`: what they give is a secret, known before they are called. */
const YIELDS_SECRET = Symbol("secret");

/**
 * A value that must never be seen: it prints as `[redacted]` everywhere, in the output of remote commands too. It reaches a command
 * by `vars`, `stdin` or `writeFile`, never as part of its text.
 * @param callable called when the setting is first read, as any callable is; that it gives a secret is known before
 * @throws UsageError when it is given anything but text or a function
 * @example
 * env.set({ token: secret(() => process.env["TOKEN"]) });
 * task("login", async ({ env, vars }) => {
 *   await vars({ TOKEN: await env.get("token") }).run`login --token "$TOKEN"`;
 * });
 */
export function secret<S = unknown>(callable: Callable<string | Secret | undefined, S>): Callable<Secret, S>;
export function secret(text: string): Secret;
export function secret<S>(source: string | Callable<string | Secret | undefined, S>): Secret | Callable<Secret, S> {
  if (typeof source === "string") return new Secret(source);
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
