import type { Task } from "./task.ts";

/** What the planner needs to know of a host. */
export interface PlannedHost {
  readonly id: string;
  readonly roles: readonly string[];
}

/** One task on a set of hosts. */
export interface Step<Body = unknown> {
  readonly index: number;
  readonly task: Task<Body>;
  /** Ids of the hosts it runs on, sorted as selected. Empty for local tasks. */
  readonly hosts: readonly string[];
  readonly local: boolean;
  /** Scope it belongs to; follow `parent` for the enclosing ones. */
  readonly scope: number;
  /** Flow it belongs to. */
  readonly flow: string | undefined;
}

/** Steps between two barriers: each host goes through them at its own pace. */
export interface Section<Body = unknown> {
  readonly index: number;
  /** The stage, or the task that was asked for. */
  readonly stage: string;
  readonly flow: string | undefined;
  readonly steps: readonly Step<Body>[];
  /** Part of a flow that `--batch` runs one group of hosts after another. */
  readonly rolling: boolean;
}

/** A task together with everything that its hooks and stages added: what `onFailure` and `always` hooks watch over. */
export interface Scope {
  readonly id: number;
  readonly task: string;
  readonly parent: number | undefined;
  /** How many scopes stand around it. */
  readonly depth: number;
  readonly flow: string | undefined;
  /** First and last step index inside; `last < first` when it has none. */
  readonly first: number;
  readonly last: number;
  readonly onFailure: readonly string[];
  readonly always: readonly string[];
}

/** What will happen, in order. Computed before anything runs; read by the run, `plan`, `graph`, `--dry-run` and completion. */
export interface Plan<Body = unknown> {
  readonly tasks: readonly string[];
  readonly hosts: readonly PlannedHost[];
  readonly sections: readonly Section<Body>[];
  readonly scopes: readonly Scope[];
  /** For tasks that name their own hosts: the ids on which they run when they are asked for. @default all */
  readonly hostsOf?: ReadonlyMap<string, readonly string[]> | undefined;
  /** Settings to resolve while connecting. */
  readonly prefetch: readonly string[];
}

/** What people see as the stage of hooks that are no part of one: why they run, and which they are. */
export function stageOfHooks(kind: "always" | "onFailure", hooks: readonly string[]): string {
  return `${kind === "always" ? "always" : "on failure"}: ${hooks.join(", ")}`;
}
