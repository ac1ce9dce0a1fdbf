import type { ZodType } from "zod";
import type { Secret } from "../command/secret.ts";
import type { SourceLocation } from "../errors.ts";

/**
 * Settings that recipes and deployfiles know by type. Open: a recipe adds its keys by declaration merging.
 * @example declare module "fake-deploy" { interface Settings { keepReleases: number } }
 */
// biome-ignore lint/suspicious/noEmptyInterface: open for declaration merging
export interface Settings {}

/** The host at hand, as tasks and callables see it. */
export interface HostView {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** All roles of this host. */
  readonly roles: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface EnvMethods {
  /** The value of a setting, also when its callable is async. */
  // biome-ignore lint/suspicious/noExplicitAny: a key that is not declared has no type
  get(key: string): Promise<any>;
  /** True when a layer sets the key, or a recipe declares it with a default. Resolves nothing. */
  has(key: string): boolean;
  /** The host at hand. A callable that reads it is computed for each host. */
  readonly host: HostView;
}

/** What callables receive: settings by name, and `get` for those that are async. */
export type EnvReader<S = unknown> = Readonly<Settings & S> & EnvMethods;

/** What task bodies receive. */
export type TaskEnv<S = unknown> = EnvReader<S> & {
  /** States a fact for this host, for the rest of the run. What was computed from it is computed again. */
  set(key: string, value: unknown): void;
  /** States a fact for all hosts of the run. */
  setForRun(key: string, value: unknown): void;
};

/** A callable setting: resolved when first read, remembered, shared with the hosts for which it would be the same. */
export type Callable<T, S = unknown> = (env: EnvReader<S>) => T | Promise<T>;

/** A callable that is called at each read. Made by `fresh()`. */
export interface Fresh<T = unknown, S = unknown> {
  readonly fresh: Callable<T, S>;
}

export type SettingInput<T, S = unknown> = T | Secret | Callable<T | Secret, S> | Fresh<T, S>;

/** Not a promise and not a function: those are written as callables. */
type DataObject = object & { readonly then?: never; readonly call?: never };

type AnySettingValue = string | number | boolean | null | readonly unknown[] | Secret | DataObject;

/** What `env.set`, roles and hosts take: declared keys by their type, any other key too. */
export type SettingInputs<S = unknown> = {
  readonly [K in keyof (Settings & S)]?: SettingInput<(Settings & S)[K], S> | undefined;
} & { readonly [key: string]: SettingInput<AnySettingValue, S> | undefined };

/** How a recipe declares a setting: the one source of validation, docs and the template of `fake init`. */
export interface SettingDeclaration<T = unknown> {
  readonly kind: "setting" | "fact";
  readonly schema: ZodType<T> | undefined;
  /** One line. */
  readonly desc: string;
  readonly default: SettingInput<T> | undefined;
  /** How it is written in a deployfile, for the template and the reference. */
  readonly example: string | undefined;
  /** Must be set by the user when a task of the recipe that declares it is planned. */
  readonly required: boolean;
}

/** From weakest to strongest. */
export type LayerKind = "default" | "deployfile" | "role" | "host" | "option" | "fact";

/** Which layer a value comes from. */
export interface Provenance {
  readonly layer: LayerKind;
  /** The recipe, role or host of the layer. */
  readonly name: string | undefined;
  readonly where: SourceLocation | undefined;
}
