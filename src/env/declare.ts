import type { ZodType } from "zod";
import type { EnvReader, Fresh, SettingDeclaration, SettingInput } from "./settings.ts";

/** Options of `setting`. */
export interface SettingOptions<T> {
  /** One line, for the reference and the template of `fake init`. */
  readonly desc: string;
  /** A value or a callable. @default none */
  readonly default?: T | ((env: EnvReader) => T | Promise<T> | undefined) | Fresh<T> | undefined;
  /** How it is written in a deployfile. @default none */
  readonly example?: string | undefined;
  /** The user must set it when a task of the recipe that declares it is planned. @default false */
  readonly required?: boolean | undefined;
}

/** Options of `fact`. */
export interface FactOptions<T> {
  /** Checks what tasks state. @default anything goes */
  readonly schema?: ZodType<T> | undefined;
  /** What it reads as until a task states it; not under `--dry-run`, where it reads as `<key>`. @default none */
  readonly default?: T | ((env: EnvReader) => T | Promise<T> | undefined) | Fresh<T> | undefined;
}

/**
 * Declares a setting: the one source of its validation, its line in the reference and its place in the template.
 * @example settings({ keepReleases: setting(z.int().min(1), { desc: "Releases that are kept", default: 5 }) })
 */
export function setting<T>(schema: ZodType<T>, options: SettingOptions<T>): SettingDeclaration<T> {
  return Object.freeze({
    kind: "setting" as const,
    schema,
    desc: options.desc,
    default: options.default as SettingInput<T> | undefined,
    example: options.example,
    required: options.required ?? false,
  });
}

/**
 * Declares a fact: a setting that tasks state while they run, with `env.set` or `env.setForRun`.
 * @example settings({ releaseId: fact("Id of the release that is being made") })
 */
export function fact<T = unknown>(desc: string, options: FactOptions<T> = {}): SettingDeclaration<T> {
  return Object.freeze({
    kind: "fact" as const,
    schema: options.schema,
    desc,
    default: options.default as SettingInput<T> | undefined,
    example: undefined,
    required: false,
  });
}
