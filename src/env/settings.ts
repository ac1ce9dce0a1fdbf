import type { Secret } from "../command/secret.ts";
import type { SourceLocation } from "../errors.ts";
import type { Schema } from "../schema.ts";

/**
 * Settings that recipes and deployfiles know by type. Open: a recipe adds its keys by declaration merging, next to where it declares
 * them with `settings`. Without a recipe it holds how hosts are logged in to, and how commands run there.
 * @example
 * declare module "fake-deploy" {
 *   interface Settings {
 *     notifyChannel: string;
 *   }
 * }
 */
export interface Settings {
  /** Login name on hosts that name none. */
  user: string;
  /** @default false */
  forwardAgent: boolean;
  /** Who speaks SSH: built in, or the system's ssh program. @default "ssh" */
  transport: "ssh" | "openssh";
  /** @default true */
  fastLogin: boolean;
  /** Read in place of `~/.ssh/config`: a path from the folder of the deployfile. */
  sshConfig: string;
  /** `true`: asked for. */
  sshPassword: Secret | true;
  /** What runs commands as another user. doas must not want a password. @default "sudo" */
  becomeMethod: "sudo" | "doas" | "su";
  /** `true`: asked for. */
  sudoPassword: Secret | true;
  /** Of the user that a command runs as. `true`: asked for. */
  suPassword: Secret | true;
  /** Variables of every command on hosts. @default {} */
  environment: Readonly<Record<string, string | number | boolean | Secret>>;
  /** Most that a command on a host may take: milliseconds or `"5m"`; 0 is no limit. @default 0 */
  commandTimeout: number | string;
}

/**
 * The host at hand, as tasks and callables see it: `t.host`, `env.host`. Frozen.
 * @example
 * env.set({ keepReleases: (env) => (env.host.roles.includes("big") ? 8 : 2) });
 */
export interface HostView {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** Of the host itself: `"local"` for this machine. @default undefined: what the setting `transport` says */
  readonly transport?: string | undefined;
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

/**
 * What callables receive: settings by name, and `get` for those that are async. Reading a key that nobody sets is an EnvError that
 * names the chain of keys.
 * @example
 * const deployPath = (env: EnvReader): string => `/srv/${env.application}-${env.host.name}`;
 * env.set({ deployPath });
 */
export type EnvReader<S = unknown> = Readonly<Settings> & Readonly<S> & EnvMethods;

/** Where nobody knows which settings there are. */
// biome-ignore lint/suspicious/noExplicitAny: they are of any type
export type AnySettings = Readonly<Record<string, any>>;

type KeyOf<S> = keyof (Settings & S) & string;

/**
 * What task bodies receive as `t.env`: settings as this host has them, and a way to state facts.
 * @example
 * defineDeployfile<{ kernel: string }>(({ task }) => {
 *   task("look", async ({ env, capture, log }) => {
 *     env.set("kernel", await capture`uname -r`);
 *     log.info(env.kernel);
 *   });
 * });
 */
export type TaskEnv<S = unknown> = EnvReader<S> & {
  /** States a fact for this host, for the rest of the run. What was computed from it is computed again. */
  set<K extends KeyOf<S>>(key: K, value: (Settings & S)[K]): void;
  /** States a fact for all hosts of the run. */
  setForRun<K extends KeyOf<S>>(key: K, value: (Settings & S)[K]): void;
};

/**
 * A callable setting: resolved when first read, remembered, and shared with the hosts for which it would be the same. A sync one that
 * reads an async setting is run again when that is there; an async one reads such settings with `await env.get(key)`.
 * @example
 * const branch: Callable<string> = (env) => (env.host.roles.includes("canary") ? "next" : "main");
 * env.set({ branch });
 */
export type Callable<T, S = unknown> = (env: EnvReader<S>) => T | Promise<T>;

/**
 * A callable that is called at each read, in place of once. Made by `fresh()`.
 * @example
 * const now: Fresh<number> = fresh(() => Date.now());
 */
export interface Fresh<T = unknown, S = unknown> {
  readonly fresh: Callable<T, S>;
}

/**
 * What a setting can be set to: a value of its type, or a callable that gives one. A secret only where that is of its type: whoever reads
 * text would have none.
 * @example
 * const inputs: SettingInput<string>[] = ["main", (env) => env.host.name, fresh(() => String(Date.now()))];
 * const passwords: SettingInput<Secret>[] = [secret("x"), secret(() => process.env["PASSWORD"])];
 */
export type SettingInput<T, S = unknown> = T | Callable<T, S> | Fresh<T, S>;

/**
 * What `env.set`, roles and hosts take: keys that a recipe declares, or the deployfile itself (`S`), by their types. `undefined` leaves a key
 * unset.
 * @example
 * const shared: SettingInputs = { application: "shop", branch: process.env["BRANCH"] };
 * env.set({ ...shared, keepReleases: 3 });
 */
export type SettingInputs<S = unknown> = {
  readonly [K in keyof (Settings & S)]?: SettingInput<(Settings & S)[K], S> | undefined;
};

/**
 * How a recipe declares a setting: the one source of validation, reference and the template of `fake init`. Made by `setting()` and
 * `fact()`.
 * @example
 * const port: SettingDeclaration<number> = setting(z.int().min(1).max(65535), { desc: "Port to listen on", default: 3000 });
 */
export interface SettingDeclaration<T = unknown> {
  readonly kind: "setting" | "fact";
  readonly schema: Schema<T> | undefined;
  /** One line. */
  readonly desc: string;
  readonly default: SettingInput<T> | undefined;
  /** How it is written in a deployfile, for the template and the reference. */
  readonly example: string | undefined;
  /** Must be set by the user when a task of the recipe that declares it is planned. */
  readonly required: boolean | Condition;
  readonly beside?: Beside<T> | undefined;
}

/**
 * The types of what is declared, by key: so a recipe adds its keys to `Settings` without writing their types a second time. A default
 * that reads other settings states what it gives, `(env): string => ...`, or its type would depend on itself.
 * @example
 * const declarations = {
 *   channel: setting(z.string().min(1), { desc: "Channel that is told about deploys", default: "#deploys" }),
 *   webhook: setting(z.url(), { desc: "Where it is told", default: (env): string => `https://chat/${env.channel}` }),
 * };
 * declare module "fake-deploy" {
 *   interface Settings extends SettingsOf<typeof declarations> {}
 * }
 */
export type SettingsOf<D> = {
  -readonly [K in keyof D]: D[K] extends { readonly schema: Schema<infer T> | undefined } ? T : never;
};

/** True of a setting only where another one is set like this; not looked at where a callable decides. */
export interface Condition {
  /** The other setting. */
  readonly key: string;
  when(other: unknown): boolean;
}

/** What no schema of one setting alone can see: whether its value goes with that of another. */
export interface Beside<T = unknown> {
  /** The other setting. */
  readonly key: string;
  /** What is wrong with the two together: the end of a sentence that begins with both names. */
  faults(value: T, other: unknown): readonly string[];
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
