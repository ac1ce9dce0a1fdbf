import type { Secret } from "../command/secret.ts";
import type { Problem, SourceLocation } from "../errors.ts";
import type { AnySettings, HostView, Provenance, SettingDeclaration, TaskEnv } from "./settings.ts";

/** Values that were set together: by one call, role or host. */
export interface EnvLayer {
  /** The role, where it is one. */
  readonly name?: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;
  readonly where?: SourceLocation | undefined;
}

export interface DeclaredSetting {
  readonly declaration: SettingDeclaration;
  /** Name of the recipe that declares it. */
  readonly recipe: string | undefined;
  readonly where: SourceLocation | undefined;
}

/** A setting for one run, over all other layers: `-s key=value` as it was typed, or a value that a program gives. */
export type OptionSetting = { readonly key: string; readonly raw: string } | { readonly key: string; readonly value: unknown };

/** All that was said about settings before a run. */
export interface EnvDefinition {
  readonly declarations: ReadonlyMap<string, DeclaredSetting>;
  /** Calls of `env.set`, in order: later ones win. */
  readonly deployfile: readonly EnvLayer[];
  /** By role; roles that are not selected too, so that their values are checked. */
  readonly roles: ReadonlyMap<string, EnvLayer>;
  readonly options?: readonly OptionSetting[] | undefined;
}

/** A host of the run, and the roles whose settings count for it. */
export interface EnvHost {
  readonly host: HostView & { readonly where?: SourceLocation | undefined };
  readonly settingsRoles: readonly string[];
}

export interface EnvOptions {
  readonly hosts: readonly EnvHost[];
  /** A fact that no task stated reads as `<key>`: for `--dry-run`. @default false: it cannot be read */
  readonly placeholders?: boolean | undefined;
  /** Each undeclared key is a problem: for deployfiles without code, where it can only be a mistake. @default false */
  readonly strictKeys?: boolean | undefined;
  /** Called once for each secret, as soon as it is known. Must not throw. */
  readonly onSecret?: ((secret: Secret) => void) | undefined;
  /** Text of a source file, so that messages name the line of a key and not of the call around it. @default the call's line */
  readonly readSource?: ((file: string) => string | undefined) | undefined;
}

/**
 * What came of running something that reads settings.
 * `value`: its result, and the facts it looked at, through whatever callables, that no task has stated yet: a task before it may change
 * them.
 * `suspended`: a setting was read that is not there yet; to be run again after `until`, which never rejects.
 * `unset`: it read a fact that no task has stated yet.
 */
export type Attempt<T> =
  | { readonly kind: "value"; readonly value: T; readonly unstated: readonly string[] }
  | { readonly kind: "suspended"; readonly key: string; readonly until: Promise<void> }
  | { readonly kind: "unset"; readonly key: string };

/** A value, and where it comes from. */
export interface Explanation {
  readonly key: string;
  /** Secrets are `Secret` objects, which print as `[redacted]`. */
  readonly value: unknown;
  readonly provenance: Provenance;
  /** Keys that its callable looked at, in order. */
  readonly reads: readonly string[];
}

/** The settings of one host, or of the run as a whole. */
export interface HostEnv {
  /** For task bodies and, inside `attempt`, for command bodies. */
  readonly reader: TaskEnv<AnySettings>;
  /** @throws EnvError when the value cannot be had. */
  get(key: string): Promise<unknown>;
  /**
   * Runs a function that may be run again: it reads settings through `reader` and does nothing else. After reading a setting that is not
   * there yet, what it did is discarded, even if it caught the interruption.
   * @throws what the function throws.
   */
  attempt<T>(fn: () => T): Attempt<T>;
  /** @throws EnvError when the value cannot be had. */
  explain(key: string): Promise<Explanation>;
  /** All keys that are declared, set or stated. */
  keys(): readonly string[];
}

export interface Env {
  /** @throws EnvError for a host that is not in the run. */
  forHost(id: string): HostEnv;
  /** Of a host that comes to the run later: what is stated for all holds there too. Hosts need not agree with it about what is read for all. */
  forFurther(host: EnvHost): HostEnv;
  /**
   * For what runs once for all hosts: a value only where all hosts of the run agree, else an EnvError that names them.
   * Facts that are stated through it hold for all hosts.
   */
  forRun(): HostEnv;
  /** What is wrong with what was said about settings. Calls nothing. */
  problems(): readonly Problem[];
  /** One problem for each key that has no value on some host. @default keys: all that are declared as required */
  missing(keys?: Iterable<string>): readonly Problem[];
}
