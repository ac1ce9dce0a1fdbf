import type { Schema } from "../schema.ts";
import type { Beside, Callable, Condition, EnvReader, Fresh, SettingDeclaration, SettingInput } from "./settings.ts";

/**
 * Options of `setting`.
 * @example
 * const options: SettingOptions<string> = {
 *   desc: "Where the application listens",
 *   default: (env) => `/run/${env.application}.sock`,
 *   example: '"/run/shop.sock"',
 * };
 */
export interface SettingOptions<T> {
  /** One line, for the reference and the template of `fake init`. */
  readonly desc: string;
  /** A value or a callable. @default none */
  readonly default?: T | ((env: EnvReader) => T | Promise<T> | undefined) | Fresh<T> | undefined;
  /** How it is written in a deployfile. @default none */
  readonly example?: string | undefined;
  /** The user must set this one when a task of the recipe that declares it is planned. @default false */
  readonly required?: boolean | Condition | undefined;
  /** Another setting that its value must go with; checked before a run where both are plain values. @default none */
  readonly beside?: Beside<T> | undefined;
}

/**
 * Options of `fact`.
 * @example
 * const options: FactOptions<number> = { schema: z.int().min(0), default: 0 };
 */
export interface FactOptions<T> {
  /** Checks what tasks state. @default anything goes */
  readonly schema?: Schema<T> | undefined;
  /** What a fact reads as until a task states it; not under `--dry-run`, where the value is `<key>`. @default none */
  readonly default?: T | ((env: EnvReader) => T | Promise<T> | undefined) | Fresh<T> | undefined;
}

/**
 * Declares a setting: the one source of its validation, its line in the reference and its place in the template. Values are checked in
 * every layer before a run, and those of callables when they are read; what a schema transforms is what tasks read.
 * @param schema of zod or zod/mini; what it does not accept is reported with the key, the value and where it was set
 * @example
 * settings({ keep: setting(z.int().min(1), { desc: "Backups to keep", default: 5 }) });
 */
export function setting<T>(schema: Schema<T>, options: SettingOptions<NoInfer<T>>): SettingDeclaration<T> {
  const { desc, default: fallback, example, required = false, ...rest } = options;
  // The rest may hold what no setting has: whoever takes the declaration says so, with the place.
  return Object.freeze({ kind: "setting", schema, desc, default: fallback as SettingInput<T>, example, required, ...rest });
}

/**
 * Declares a fact: a setting that tasks state while they run, with `t.env.set` for their host or `t.env.setForRun` for all. A fact wins
 * over every other layer. Reading one that no task has stated is an error; under `--dry-run` it reads as `<key>`.
 * @param desc one line, for the reference
 * @example
 * settings({ backup: fact("File that the backup of this run went to", { schema: z.string() }) });
 */
export function fact<T = unknown>(desc: string, options: FactOptions<T> = {}): SettingDeclaration<T> {
  const { schema, default: fallback, ...rest } = options;
  return Object.freeze({
    kind: "fact",
    schema,
    desc,
    default: fallback as SettingInput<T>,
    example: undefined,
    required: false,
    ...rest,
  });
}

/**
 * A callable whose result is never remembered: it is called at each read, for the host that reads.
 * One that is async can only be read with `await env.get(key)`, since nothing keeps its value for a plain read.
 * @example
 * env.set({ branch: fresh(() => process.env["BRANCH"] ?? "main") });
 */
export function fresh<T, S = unknown>(callable: Callable<T, S>): Fresh<T, S> {
  return Object.freeze({ fresh: callable });
}

export function isFresh(value: unknown): value is Fresh {
  return (
    typeof value === "object" && value !== null && Object.hasOwn(value, "fresh") && typeof (value as Fresh).fresh === "function"
  );
}
