import { UsageError } from "../errors.ts";
import type { TaskHooks } from "./hook-index.ts";
import { createInvocation, type FlowInvocation } from "./invocation.ts";
import { type Because, type PlannedHost, type Scope, type Section, type Step, stageOfHooks } from "./plan.ts";
import type { Task, TaskRef } from "./task.ts";
import type { TaskGraph } from "./task-graph.ts";

/** Tasks with `repeat`, and flows inside flows, can multiply without end; nobody waits for that many steps. */
const MOST_TASKS = 250_000;

/** A task to expand, with all that its place in the plan decides. */
export interface Visit {
  readonly ref: TaskRef;
  readonly because: Because;
  readonly area: Area;
  readonly frame: Frame;
}

/** What the tasks that belong to one task have in common. */
export interface Frame {
  readonly depth: number;
  readonly parent: number | undefined;
  readonly invocation: FlowInvocation;
  readonly hosts: readonly PlannedHost[];
}

export interface Expansion<Body> {
  readonly sections: readonly Section<Body>[];
  readonly scopes: readonly Scope[];
  readonly prefetch: readonly string[];
}

/** What is still to be done, last first. A stack of our own: chains of hooks are longer than the engine's stack is deep. */
type PlanWork<Body> = ({ readonly kind: "visit" } & Visit) | BodyWork<Body> | { readonly kind: "close"; readonly scope: number };

interface BodyWork<Body> {
  readonly kind: "body";
  readonly task: Task<Body>;
  readonly scope: number;
  readonly visit: Visit;
  readonly hosts: readonly PlannedHost[];
}

/**
 * Turns tasks into steps: needs, before-hooks, the stages or the body, after-hooks, always-hooks; each of these in turn the
 * same way. Which hosts a step has depends on its own task alone, never on the task it is hooked onto.
 */
export function expand<Body>(graph: TaskGraph<Body>, visits: readonly Visit[]): Expansion<Body> {
  const sections = createSections<Body>();
  const scopes: { -readonly [K in keyof Scope]: Scope[K] }[] = [];
  const prefetch = new Set<string>();
  const work: PlanWork<Body>[] = visits.map((visit): PlanWork<Body> => ({ kind: "visit", ...visit })).reverse();
  let entered = 0;
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    if (next.kind === "close") Object.assign(scopes[next.scope] ?? {}, { last: sections.count() - 1 });
    else if (next.kind === "body") addSteps(sections, next);
    else {
      const task = graph.get(next.ref);
      const hosts = next.frame.invocation.reach(task, next.frame.hosts);
      if (hosts === undefined) continue;
      if (++entered > MOST_TASKS) throw tooLarge(task.name);
      for (const key of task.options.prefetch ?? []) prefetch.add(key);
      enter(task, next, hosts);
    }
  }
  return {
    sections: sections.build(),
    scopes: Object.freeze(scopes.map((scope) => Object.freeze(scope))),
    prefetch: Object.freeze([...prefetch]),
  };

  function enter(task: Task<Body>, visit: Visit, hosts: readonly PlannedHost[]): void {
    const { depth, parent } = visit.frame;
    const hooks = graph.hooksOf(task.name);
    const invocation = task.stages === undefined ? visit.frame.invocation : createInvocation(task.name);
    const scope = scopes.length;
    const { onFailure, always } = hooks;
    const first = sections.count();
    scopes.push({ id: scope, task: task.name, parent, flow: invocation.flow, first, last: first - 1, onFailure, always });
    const around = aroundFlow(task, hooks, visit.area);
    const frame: Frame = { depth: depth + 1, parent: scope, invocation, hosts };
    const push = (refs: readonly TaskRef[], kind: Because["kind"], area: Area): void => {
      const because = { kind, of: task.name };
      for (const ref of refs.toReversed()) work.push({ kind: "visit", ref, because, area, frame });
    };
    work.push({ kind: "close", scope });
    push(hooks.always, "always", around.after);
    push(hooks.after, "after", around.after);
    if (task.stages === undefined) work.push({ kind: "body", task, scope, visit, hosts });
    else for (const stage of stagesOf(task, visit.area).reverse()) push([stage.name], "stage", stage.area);
    push(hooks.before, "before", around.before);
    push(task.options.needs ?? [], "needs", around.before);
  }
}

/** Hooks of a flow are sections before and after its stages; hooks of a task are where the task is. */
function aroundFlow(task: Task, { after, always }: TaskHooks, area: Area): { before: Area; after: Area } {
  if (task.stages === undefined) return { before: area, after: area };
  const around = (stage: string): Area => ({ stage, flow: task.name, rolling: area.rolling });
  return {
    before: around(`before ${task.name}`),
    after: around(after.length === 0 ? stageOfHooks("always", always) : `after ${task.name}`),
  };
}

function stagesOf(task: Task, outer: Area): { name: string; area: Area }[] {
  const stages = task.stages ?? [];
  const from = task.rollingFrom === undefined ? -1 : stages.indexOf(task.rollingFrom);
  return stages.map((name, at) => {
    const rolling = outer.rolling || (from !== -1 && at >= from);
    return { name, area: { stage: name, flow: task.name, rolling } };
  });
}

function addSteps<Body>(sections: SectionBuilder<Body>, { task, scope, visit, hosts }: BodyWork<Body>): void {
  const { options } = task;
  const { because, area } = visit;
  const { depth, invocation } = visit.frame;
  const isAlone =
    options.once !== undefined || options.local === true || options.barrier === true || options.leaderFirst === true;
  const add = (on: readonly PlannedHost[], local: boolean): void => {
    if (isAlone) sections.cut();
    const ids = Object.freeze(on.map((host) => host.id));
    sections.add(area, { task, hosts: ids, local, depth, because, scope, flow: invocation.flow });
    if (isAlone) sections.cut();
  };
  if (task.body === undefined) {
    if (isAlone) sections.cut();
  } else if (options.local === true) add([], true);
  else {
    const placed = invocation.place(task, hosts);
    for (const group of options.leaderFirst === true ? splitLeader(placed) : [placed]) if (group.length > 0) add(group, false);
  }
}

/** The first host in sorted order, so that two runs which need several hosts meet at the same one; then the rest. */
function splitLeader(hosts: readonly PlannedHost[]): [readonly PlannedHost[], readonly PlannedHost[]] {
  const leader = hosts.toSorted((left, right) => (left.id < right.id ? -1 : 1))[0];
  return [hosts.filter((host) => host === leader), hosts.filter((host) => host !== leader)];
}

function tooLarge(task: string): UsageError {
  return new UsageError(
    "PLAN_TOO_LARGE",
    `The plan has more than ${MOST_TASKS.toLocaleString("en")} tasks; at "${task}" it was given up.`,
    {
      hint: "Look for tasks with `repeat: true`, or flows hooked into flows, that multiply each other.",
    },
  );
}

/** The part of a run that a step is in. Compared by identity: steps of two areas always have a barrier between them. */
export interface Area {
  readonly stage: string;
  readonly flow: string | undefined;
  readonly rolling: boolean;
}

export type SectionBuilder<Body> = ReturnType<typeof createSections<Body>>;

export function createSections<Body>() {
  const sections: { area: Area; steps: Step<Body>[] }[] = [];
  let count = 0;
  let isCut = true;
  return {
    /** Adds a step, in a new section when the area is another one or `cut` was called. */
    add(area: Area, step: Omit<Step<Body>, "index">): void {
      let section = sections.at(-1);
      if (section === undefined || isCut || section.area !== area) {
        section = { area, steps: [] };
        sections.push(section);
      }
      isCut = false;
      section.steps.push(Object.freeze({ index: count++, ...step }));
    },
    /** Puts a barrier before the next step. */
    cut(): void {
      isCut = true;
    },
    /** Steps added so far. */
    count: () => count,
    build: (): readonly Section<Body>[] =>
      Object.freeze(sections.map(({ area, steps }, index) => Object.freeze({ index, ...area, steps: Object.freeze(steps) }))),
  };
}
