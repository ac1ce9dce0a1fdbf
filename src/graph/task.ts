import type { SourceLocation } from "../errors.ts";

/**
 * What a deployfile gets back from `task`, `flow` and `use`, and hands to hooks.
 * @example
 * const migrate: TaskHandle = task("migrate", "Migrate the database", async (t) => void (await t.run`./bin/migrate`));
 * after("deploy:updated", migrate, { flows: ["deploy"] });
 */
export interface TaskHandle {
  readonly kind: "task";
  readonly name: string;
}

/**
 * A task by handle, by name or by alias. A name that does not exist is reported when the deployfile has been read, with the closest one.
 * @example
 * const restartAfter = (ref: TaskRef): void => after(ref, "restart");
 */
export type TaskRef = TaskHandle | string;

/**
 * How a task is planned. Everything about what it does is in its body.
 * @example
 * const options: TaskOptions = { desc: "Migrate the database", roles: "db", once: "run", timeout: "10m", retry: 1 };
 */
export interface TaskOptions {
  /** One line for `fake tasks`. */
  readonly desc?: string | undefined;
  /** Only selected hosts that have one of these roles (by all roles of the host). Never widens the selection. */
  readonly roles?: readonly string[] | string | undefined;
  /** The task's own hosts: used when the command line selects none. */
  readonly hosts?: readonly string[] | undefined;
  /** `"run"`: the first matching host only. `"role"`: the first matching host of each of `roles`. A barrier on both sides. */
  readonly once?: "run" | "role" | undefined;
  /** Runs once, on the control machine. A barrier on both sides. */
  readonly local?: boolean | undefined;
  /** Tasks that run before it, each at most once per host and flow. */
  readonly needs?: readonly TaskRef[] | undefined;
  readonly aliases?: readonly string[] | undefined;
  /** Not listed by `fake tasks`. */
  readonly hidden?: boolean | undefined;
  /** Why it makes no sense by itself, and what to type: naming it on a command line is refused with that. Others may need or hook it. */
  readonly notAlone?: string | undefined;
  /** Asked before the run starts; `true` asks a standard question. */
  readonly confirm?: string | boolean | undefined;
  /** Milliseconds or `"5m"`: for the whole task on one host. */
  readonly timeout?: number | string | undefined;
  /** Most hosts that may be in this task at once, or a function of the settings that says so. @default all */
  readonly parallel?: number | ((env: never) => number) | undefined;
  /** With `parallel`, before each host that enters when another one has left: milliseconds or `"10s"`. @default 0 */
  readonly waitBetween?: number | string | undefined;
  /** Times to try again after a failure. @default 0 */
  readonly retry?: number | undefined;
  /** Runs each time it is reached instead of once per host and flow. @default false */
  readonly repeat?: boolean | undefined;
  /**
   * It changes nothing: it looks, or takes a lock that the run gives back. As long as only such tasks have run, nothing was done: exit
   * codes 2 and 3 say so. @default false
   */
  readonly readOnly?: boolean | undefined;
  /** All hosts wait for each other before and after it. @default false */
  readonly barrier?: boolean | undefined;
  /** Runs on the first host in sorted order alone, then on the rest at once. Implies a barrier. @default false */
  readonly leaderFirst?: boolean | undefined;
  /** Settings whose resolution starts while hosts are being connected to; all are there before the first command is sent. */
  readonly prefetch?: readonly string[] | undefined;
  /** Settings that its arguments stand for, when it is named on the command line: over all others, as those of `-s`. */
  readonly sets?: ((args: never) => Readonly<Record<string, unknown>>) | undefined;
}

export interface Task<Body = unknown> extends TaskHandle {
  readonly options: TaskOptions;
  /** Absent for stages: empty, described tasks on which work is hung. */
  readonly body: Body | undefined;
  /** Stages of a flow, in order. */
  readonly stages: readonly string[] | undefined;
  /** For flows: from this stage on, `--batch` runs one group of hosts after another. */
  readonly rollingFrom: string | undefined;
  readonly where: SourceLocation | undefined;
}

/** The roles that a task is for. Undefined: all hosts. */
export function rolesOf({ roles }: Pick<TaskOptions, "roles">): readonly string[] | undefined {
  return typeof roles === "string" ? [roles] : roles;
}

/** When a hook runs, relative to its target. */
export type HookKind = "before" | "after" | "onFailure" | "always";

/**
 * Where a hook runs, when not wherever its target does.
 * @example
 * const options: HookOptions = { flows: ["deploy"] }; // not when a rollback comes by
 * after("deploy:updated", "migrate", options);
 */
export interface HookOptions {
  /** Only as a part of these flows, by handle or by name: where `t.flow` is one of them. @default wherever the target runs */
  readonly flows?: readonly TaskRef[] | undefined;
  /** Behind the other hooks of its kind on the target, also those that are added later: for what looks at their work. @default false */
  readonly last?: boolean | undefined;
}

export interface Hook {
  readonly kind: HookKind;
  readonly target: string;
  readonly task: string;
  /** Names of the flows it is limited to. */
  readonly flows?: readonly string[] | undefined;
  /** Behind those that are not. */
  readonly last?: boolean | undefined;
  readonly where: SourceLocation | undefined;
}

/** The name of a task that is given by handle or by name. */
export function nameOf(ref: TaskRef): string {
  return typeof ref === "string" ? ref : ref.name;
}

/** True for what names a task: deployfiles may pass anything. */
export function isTaskRef(value: unknown): value is TaskRef {
  if (typeof value === "string") return value.trim() !== "";
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "task" && "name" in value;
}
