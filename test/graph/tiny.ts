import type { Plan, PlannedHost } from "../../src/graph/plan.ts";
import type { HookKind, Task, TaskOptions } from "../../src/graph/task.ts";
import { TaskGraph } from "../../src/graph/task-graph.ts";

export interface Tiny {
  /** Names of plain tasks with a body, or their options. */
  readonly tasks?: string | { readonly [name: string]: TaskOptions };
  /** Names of tasks without a body, or their options. */
  readonly empty?: string | { readonly [name: string]: TaskOptions };
  /** Stages by flow; a stage after ">" is where it begins to roll. */
  readonly flows?: { readonly [name: string]: string };
  /** "before target hook"; "before target hook flow,flow" for one that is limited to flows. */
  readonly hooks?: readonly string[];
}

/** A graph in a few words. Lines of the "deployfile" are numbered as things are listed. */
export function tiny({ tasks = {}, empty = "", flows = {}, hooks = [] }: Tiny): TaskGraph<string> {
  const graph = new TaskGraph<string>();
  let line = 0;
  const where = () => ({ file: "deployfile.ts", line: ++line });
  const add = (name: string, more: Partial<Task<string>>) =>
    graph.add({
      kind: "task",
      name,
      options: {},
      body: undefined,
      stages: undefined,
      rollingFrom: undefined,
      where: where(),
      ...more,
    });
  for (const [name, options] of named(tasks)) add(name, { options, body: `body of ${name}` });
  for (const [name, options] of named(empty)) add(name, { options });
  for (const [name, text] of Object.entries(flows)) {
    const stages = words(text).map((stage) => stage.replace(">", ""));
    add(name, {
      stages,
      rollingFrom: words(text)
        .find((stage) => stage.startsWith(">"))
        ?.slice(1),
    });
  }
  for (const hook of hooks) {
    const [kind, target = "", task = "", flows] = words(hook);
    graph.hook({ kind: kind as HookKind, target, task, flows: flows?.split(","), where: where() });
  }
  return graph;
}

/** "id:role,role" for each host. */
export function hosts(text: string): PlannedHost[] {
  return words(text).map((word) => {
    const [id = "", roles = ""] = word.split(":");
    return { id, roles: roles === "" ? [] : roles.split(",") };
  });
}

/** Steps of a plan: " | " is a barrier; hosts are named where they are not all of the plan. */
export function show(plan: Plan): string {
  const all = plan.hosts.map((host) => host.id).join(",");
  return plan.sections
    .map((section) =>
      section.steps
        .map((step) => {
          const on = step.hosts.join(",");
          if (step.local) return `${step.task.name}@local`;
          return on === all ? step.task.name : `${step.task.name}@${on}`;
        })
        .join(" "),
    )
    .join(" | ");
}

function named(tasks: string | { readonly [name: string]: TaskOptions }): [string, TaskOptions][] {
  return typeof tasks === "string" ? words(tasks).map((name) => [name, {}]) : Object.entries(tasks);
}

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}
