import type { ZodObject } from "zod";
import type { EnvReader, SettingDeclaration, SettingInputs } from "../env/settings.ts";
import type { TaskHandle, TaskOptions, TaskRef } from "../graph/task.ts";
import type { HostInput } from "../hosts/host.ts";
import type { CommandBody, FunctionBody } from "../runner/context.ts";

/** Options of `task` in a deployfile. */
export interface TaskDefinition<S = unknown> extends TaskOptions {
  /** `key=value` or `--key value` after the task's name, validated before anything is contacted. */
  readonly args?: ZodObject | undefined;
  /** A body of text only, in place of a function. */
  readonly commands?: CommandBody<S>["commands"] | undefined;
  readonly receive?: CommandBody<S>["receive"] | undefined;
  readonly sendAhead?: CommandBody<S>["sendAhead"] | undefined;
  readonly explain?: CommandBody<S>["explain"] | undefined;
}

export interface FlowOptions {
  readonly desc?: string | undefined;
  /** From this stage on, `--batch` runs one group of hosts after another. */
  readonly rollingFrom?: string | undefined;
  readonly prefetch?: readonly string[] | undefined;
  readonly args?: ZodObject | undefined;
  readonly confirm?: string | boolean | undefined;
}

export type HostList = readonly HostInput[] | ((env: EnvReader) => readonly HostInput[] | Promise<readonly HostInput[]>);

/** Hosts and settings of a role; a bare list is short for `{ hosts }`. */
export type RoleDefinition<S = unknown> = { readonly hosts: HostList } & SettingInputs<S>;

/** What declares settings: one source for validation, the reference and the template. */
export type SettingDeclarations = { readonly [key: string]: SettingDeclaration };

export interface EnvSetter<S = unknown> {
  /** Sets values for all hosts. Callables are resolved when first read. */
  set(values: SettingInputs<S>): void;
}

/** A recipe fills an app in, and returns handles for those who build on it. */
export type Recipe<H = unknown, S = unknown> = (app: App<S>) => H;

/**
 * What a recipe or a deployfile fills in. No I/O; sealed when the deployfile has been read.
 * All members can be destructured.
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
  task(name: string, options: TaskDefinition<S>, body?: FunctionBody<S>): TaskHandle;
  /** Gives a task that exists another body or other options; its name and its hooks stay. */
  replace(task: TaskRef, options: TaskDefinition<S>, body?: FunctionBody<S>): TaskHandle;
  replace(task: TaskRef, body: FunctionBody<S>): TaskHandle;
  /** An ordered list of stages: tasks on which the work is hung. */
  flow(name: string, stages: readonly TaskRef[], options?: FlowOptions): TaskHandle;
  before(target: TaskRef, hook: TaskRef): void;
  after(target: TaskRef, hook: TaskRef): void;
  /** Runs on every reachable host of the run when the target, or anything inside it, failed. */
  onFailure(target: TaskRef, hook: TaskRef): void;
  /** Runs after the target, failed or not, also after an interruption. */
  always(target: TaskRef, hook: TaskRef): void;
  use<H>(recipe: Recipe<H, S>): H;
}
