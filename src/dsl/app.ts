import type { EnvReader, SettingDeclaration, SettingInputs } from "../env/settings.ts";
import type { HookOptions, TaskHandle, TaskOptions, TaskRef } from "../graph/task.ts";
import type { HostInput } from "../hosts/host.ts";
import type { CommandBody, CommandBodyContext, FunctionBody } from "../runner/context.ts";
import type { ArgsOf, ObjectSchema } from "../schema.ts";
import type { RehearsalDefinition } from "./rehearsal.ts";
import type { DoctorCheck, OptionDefinition, VerbContext, VerbDefinition, VerbResult } from "./verb.ts";

/**
 * Options of `task` in a deployfile: how it is planned (`TaskOptions`), which arguments it takes, and its commands when its body is
 * text only.
 * @example
 * const prune: TaskDefinition = {
 *   desc: "Remove old logs",
 *   roles: "web",
 *   args: z.object({ days: z.coerce.number().default(14) }), // fake -R web prune --days 30
 *   commands: (t) => [t.cmd`find ${t.env.sharedPath}/log -mtime +${t.args.days} -delete`],
 * };
 * task("prune", prune);
 */
// biome-ignore lint/suspicious/noExplicitAny: without a schema nobody knows what the arguments are
export interface TaskDefinition<S = unknown, A = any> extends Omit<TaskOptions, "parallel" | "sets"> {
  /** Most hosts that may be in this task at once, or a function of the settings that says so. @default all */
  readonly parallel?: number | ((env: CommandBodyContext<S>["env"]) => number) | undefined;
  /** `key=value` or `--key value` after the task's name, validated before anything is contacted. */
  readonly args?: ObjectSchema | undefined;
  /** Settings that the arguments stand for, when it is named on the command line: over all others, as those of `-s`. */
  // biome-ignore lint/suspicious/noExplicitAny: typed by the schema
  readonly sets?: ((args: any) => Readonly<Record<string, unknown>>) | undefined;
  /**
   * What `--dry-run=connect` says: looks at the hosts, which were reached, and changes nothing there. `ok: false` in its result says
   * that it would not start. @default it says what `--dry-run` does
   */
  readonly look?: ((t: VerbContext<S, A>) => VerbResult | Promise<VerbResult>) | undefined;
  /** A body of text only, in place of a function. */
  readonly commands?: CommandBody<S, A>["commands"] | undefined;
  readonly receive?: CommandBody<S, A>["receive"] | undefined;
  readonly sendAhead?: CommandBody<S, A>["sendAhead"] | undefined;
  readonly states?: CommandBody<S, A>["states"] | undefined;
  readonly explain?: CommandBody<S, A>["explain"] | undefined;
}

/**
 * Options of `flow`.
 * @example
 * flow("release", ["stop", "copy", "start"], { desc: "Stop, copy, start", rollingFrom: "stop" });
 */
export interface FlowOptions {
  readonly desc?: string | undefined;
  /** From this stage on, `--batch` runs one group of hosts after another. */
  readonly rollingFrom?: string | undefined;
  readonly prefetch?: readonly string[] | undefined;
  readonly args?: ObjectSchema | undefined;
  readonly sets?: TaskDefinition["sets"];
  readonly confirm?: string | boolean | undefined;
  readonly look?: TaskDefinition["look"];
}

/**
 * Hosts of a role: a list, or a function that gives one, called once and only when hosts are needed. Such a function may be async; it reads
 * settings that hold for every host.
 * @example
 * role("web", async (env) => {
 *   const response = await fetch(`https://inventory.example.com/${await env.get("application")}`);
 *   return (await response.json()) as string[];
 * });
 */
export type HostList = readonly HostInput[] | ((env: EnvReader) => readonly HostInput[] | Promise<readonly HostInput[]>);

/**
 * Hosts and settings of a role; a bare list is short for `{ hosts }`. Its settings win over those of `env.set`, and lose to those of a
 * host. They hold for the roles that are selected with `-R`; without `-R` for all roles of a host.
 * @example
 * const production: RoleDefinition = { hosts: ["app1.example.com", "app2.example.com"], branch: "main" };
 * role("production", production);
 */
export type RoleDefinition<S = unknown> = { readonly hosts: HostList } & SettingInputs<S>;

/**
 * What declares settings: one source for validation, `fake env`, the reference and the template of `fake init`.
 * @example
 * const declarations: SettingDeclarations = {
 *   channel: setting(z.string().min(1), { desc: "Channel that is told about deploys", default: "#deploys" }),
 * };
 * settings(declarations);
 */
export type SettingDeclarations = { readonly [key: string]: SettingDeclaration };

/**
 * Sets values for all hosts: `env` of an app. They win over a recipe's defaults; roles, hosts and `-s` win over them.
 * @example
 * env.set({ application: "shop", deployPath: (env) => `/srv/${env.application}` });
 */
export interface EnvSetter<S = unknown> {
  /** Sets values for all hosts. Callables are resolved when first read. */
  set(values: SettingInputs<S>): void;
}

/**
 * A recipe fills an app in, and returns handles for those who build on it. A deployfile is one, too. None may be async, except as a
 * deployfile: values that take time are settings with a function.
 * @typeParam H what `use` gives: handles of tasks, by convention
 * @typeParam S settings of the deployfile that uses the recipe, where the recipe needs to know them by type
 * @example
 * function greeting(): Recipe<{ greet: TaskHandle }> {
 *   return ({ task }) => ({ greet: task("greet", "Say hello", async (t) => void (await t.run`echo hello`)) });
 * }
 * const { greet } = use(greeting());
 */
export type Recipe<H = unknown, S = unknown> = (app: App<S>) => H;

/**
 * What a recipe or a deployfile fills in. No I/O; sealed when the deployfile has been read: a member that is called later throws a
 * DeployfileError. All members can be destructured. What is wrong is collected, and reported together before anything is contacted.
 * @example
 * export default defineDeployfile(({ env, role, task, after, use }) => {
 *   const { finished } = use(deploy());
 *   env.set({ application: "shop", repoUrl: "git@example.com:shop/app.git", deployPath: "/srv/shop" });
 *   role("web", ["app1.example.com"]);
 *   after(finished, task("restart", async (t) => void (await t.run`sudo systemctl restart ${t.env.application}`)));
 * });
 */
export interface App<S = unknown> {
  readonly env: EnvSetter<S>;
  /** Declares settings: their schema, default and one-line description. */
  settings(declarations: SettingDeclarations): void;
  role(name: string, definition: RoleDefinition<S> | HostList): void;
  /** Settings of one host, also when roles list it. */
  host(host: HostInput, settings?: SettingInputs<S>): void;
  task(name: string, desc: string, body: FunctionBody<S>): TaskHandle;
  task(name: string, body: FunctionBody<S>): TaskHandle;
  /** With `args`: `t.args` has the type of its schema. */
  task<A extends ObjectSchema>(
    name: string,
    options: Omit<TaskDefinition<S, ArgsOf<A>>, "args"> & { readonly args: A },
    body?: FunctionBody<S, ArgsOf<A>>,
  ): TaskHandle;
  task(name: string, options: TaskDefinition<S>, body?: FunctionBody<S>): TaskHandle;
  /** Gives a task that exists another body or other options; its name and its hooks stay. */
  replace<A extends ObjectSchema>(
    task: TaskRef,
    options: Omit<TaskDefinition<S, ArgsOf<A>>, "args"> & { readonly args: A },
    body?: FunctionBody<S, ArgsOf<A>>,
  ): TaskHandle;
  replace(task: TaskRef, options: TaskDefinition<S>, body?: FunctionBody<S>): TaskHandle;
  replace(task: TaskRef, body: FunctionBody<S>): TaskHandle;
  /** An ordered list of stages: tasks on which the work is hung. */
  flow(name: string, stages: readonly TaskRef[], options?: FlowOptions): TaskHandle;
  before(target: TaskRef, hook: TaskRef, options?: HookOptions): void;
  after(target: TaskRef, hook: TaskRef, options?: HookOptions): void;
  /** Runs on every reachable host of the run when the target, or anything inside it, failed. */
  onFailure(target: TaskRef, hook: TaskRef, options?: HookOptions): void;
  /** Runs after the target, failed or not, also after an interruption. */
  always(target: TaskRef, hook: TaskRef, options?: HookOptions): void;
  /** Adds a verb to the command line: `fake NAME`. */
  verb<A extends ObjectSchema>(name: string, definition: Omit<VerbDefinition<S, ArgsOf<A>>, "args"> & { readonly args: A }): void;
  verb(name: string, definition: VerbDefinition<S>): void;
  /** Adds an option for running tasks, which sets a setting: `--NAME VALUE`. */
  option(name: string, definition: OptionDefinition): void;
  /** Says what `fake rehearse` checks besides, and what stands in on its throwaway hosts. Several calls add up. */
  rehearse(definition: RehearsalDefinition): void;
  /** Adds to what `fake doctor -R ROLE` looks at on hosts. */
  doctor(check: DoctorCheck<S>): void;
  use<H>(recipe: Recipe<H, S>): H;
}

/**
 * Types a deployfile: what it exports by default. Does nothing else, so a plain function is a deployfile as well.
 * @typeParam S settings of the deployfile's own, besides those that recipes declare: `t.env` knows their types
 * @param recipe may be async; `fake` gives it 10 seconds
 * @returns the recipe, as it is
 * @example
 * export default defineDeployfile<{ region: string }>(({ env, role, task }) => {
 *   env.set({ region: "eu" });
 *   role("web", ["app1.example.com"]);
 *   task("where", "Say where this is", async (t) => {
 *     await t.run`echo ${t.env.region}`;
 *   });
 * });
 */
export function defineDeployfile<S = unknown>(recipe: Recipe<unknown, S>): Recipe<unknown, S> {
  return recipe;
}
