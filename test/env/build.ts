import type { ZodType } from "zod";
import { setting } from "../../src/env/declare.ts";
import type { Env, EnvHost, EnvLayer, EnvOptions, HostEnv } from "../../src/env/definition.ts";
import { createEnv } from "../../src/env/env.ts";
import type { SettingDeclaration } from "../../src/env/settings.ts";

export interface TestSettings {
  readonly declare?: Readonly<Record<string, SettingDeclaration>>;
  /** One call of `env.set`, or several. */
  readonly set?: Readonly<Record<string, unknown>> | readonly EnvLayer[];
  readonly roles?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** By name; each with its roles and settings. */
  readonly hosts?: Readonly<Record<string, TestHost>>;
  /** As on the command line. */
  readonly options?: readonly string[];
}

export interface TestHost {
  readonly roles?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** An env as an app would make it. Without `hosts` there is one, called "one". */
export function envOf(settings: TestSettings, options: Omit<EnvOptions, "hosts"> = {}): Env {
  const { declare = {}, set = {}, roles = {}, hosts = { one: {} } } = settings;
  const calls = Array.isArray(set) ? (set as readonly EnvLayer[]) : [{ values: set as Record<string, unknown> }];
  return createEnv(
    {
      declarations: new Map(
        Object.entries(declare).map(([key, declaration]) => [
          key,
          { declaration, recipe: "shop", where: { file: "recipe.ts", line: 3 } },
        ]),
      ),
      deployfile: calls.map((call) => ({ where: { file: "deployfile.ts", line: 5 }, ...call })),
      roles: new Map(
        Object.entries(roles).map(([role, values]) => [role, { values, where: { file: "deployfile.ts", line: 20 } }]),
      ),
      options: (settings.options ?? []).map((option) => {
        const [key = "", ...raw] = option.split("=");
        return { key, raw: raw.join("=") };
      }),
    },
    { hosts: Object.entries(hosts).map(([name, host]) => hostOf(name, host)), ...options },
  );
}

/** The one host of an env. */
export function oneHost(settings: TestSettings, options: Omit<EnvOptions, "hosts"> = {}): HostEnv {
  return envOf(settings, options).forHost("one");
}

export function hostOf(name: string, { roles = [], settings = {} }: TestHost = {}): EnvHost {
  return {
    host: { id: name, name, address: `${name}.example.com`, user: undefined, port: undefined, roles, settings, where: undefined },
    settingsRoles: roles,
  };
}

export function declared<T>(schema: ZodType<T>, value?: T): SettingDeclaration<T> {
  return setting(schema, { desc: "A setting", default: value });
}

/** The error that a read ends with. */
export async function failureOf(
  env: HostEnv,
  key: string,
): Promise<{
  readonly code: string;
  readonly message: string;
  readonly chain: readonly string[];
  readonly hint: string | undefined;
}> {
  try {
    const value = await env.get(key);
    throw new Error(`no failure: ${String(value)}`);
  } catch (error) {
    return error as never;
  }
}

/** A promise that is settled by hand. */
export function deferred<T>(): { readonly promise: Promise<T>; resolve(value: T): void; reject(error: Error): void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Counts the calls of functions. */
export function counter(): { counted<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R; calls(): number } {
  let calls = 0;
  return {
    counted:
      (fn) =>
      (...args) => {
        calls += 1;
        return fn(...args);
      },
    calls: () => calls,
  };
}

/** After everything that is due now. */
export async function later<T>(fn: () => T | Promise<T>): Promise<T> {
  await new Promise((resolve) => setImmediate(resolve));
  return fn();
}
