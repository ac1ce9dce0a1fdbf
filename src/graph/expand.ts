import { UsageError } from "../errors.ts";
import { FlowInvocation } from "./invocation.ts";
import { type Plan, type PlannedHost, type Scope, type Section, type Step, stageOfHooks } from "./plan.ts";
import type { Task, TaskRef } from "./task.ts";
import type { TaskGraph, TaskHooks } from "./task-graph.ts";

/** Tasks with `repeat`, and flows inside flows, can multiply without end; nobody waits for that many steps. */
const MOST_TASKS = 250_000;

/** A task to expand, with all that its place in the plan decides. */
export interface Visit {
  readonly ref: TaskRef;
  readonly area: Area;
  readonly frame: Frame;
}

/** The part of a run that a step is in. Compared by identity: steps of two areas always have a barrier between them. */
type Area = Pick<Section, "stage" | "flow" | "rolling">;

/** What the tasks that belong to one task have in common. */
interface Frame {
  readonly depth: number;
  readonly parent: number | undefined;
  readonly invocation: FlowInvocation;
  readonly hosts: readonly PlannedHost[];
}

type Expanded<Body> = Pick<Plan<Body>, "sections" | "scopes" | "prefetch">;

/**
 * Turns tasks into steps: needs, before-hooks, the stages or the body, after-hooks, always-hooks; each of these in turn the
 * same way. Which hosts a step has depends on its own task alone, never on the task it is hooked onto.
 */
export function expand<Body>(graph: TaskGraph<Body>, visits: readonly Visit[]): Expanded<Body> {
  const sections: { area: Area; steps: Step<Body>[] }[] = [];
  const scopes: Scope[] = [];
  const prefetch = new Set<string>();
  let steps = 0;
  let entered = 0;
  /** There is a barrier before the next step. */
  let isCut = true;
  /** What is still to be done, last first. A stack of our own: chains of hooks are longer than the engine's stack is deep. */
  const work = visits.map((visit) => () => enter(visit)).reverse();
  for (let next = work.pop(); next !== undefined; next = work.pop()) next();
  return {
    sections: Object.freeze(
      sections.map(({ area, steps }, index) => Object.freeze({ index, ...area, steps: Object.freeze(steps) })),
    ),
    scopes: Object.freeze(scopes.map((scope) => Object.freeze(scope))),
    prefetch: Object.freeze([...prefetch]),
  };

  function enter(visit: Visit): void {
    const { area, frame } = visit;
    const task = graph.get(visit.ref);
    const hosts = frame.invocation.reach(task, frame.hosts);
    if (hosts === undefined) return;
    if (++entered > MOST_TASKS) throw tooLarge(task.name);
    for (const key of task.options.prefetch ?? []) prefetch.add(key);
    const { name, stages, options } = task;
    const invocation = stages === undefined ? frame.invocation : new FlowInvocation(name);
    const hooks = graph.hooksIn(name, invocation.flow);
    const { onFailure, always } = hooks;
    const { depth, parent } = frame;
    const id = scopes.length;
    const scope = { id, task: name, parent, depth, flow: invocation.flow, first: steps, last: steps - 1, onFailure, always };
    scopes.push(scope);
    const around = aroundFlow(task, hooks, area);
    const inner: Frame = { depth: depth + 1, parent: id, invocation, hosts };
    const push = (refs: readonly TaskRef[], place: Area): void => {
      for (const ref of refs.toReversed()) work.push(() => enter({ ref, area: place, frame: inner }));
    };
    work.push(() => {
      scope.last = steps - 1;
    });
    push(always, around.after);
    push(hooks.after, around.after);
    if (stages === undefined) work.push(() => addSteps(task, id, visit, hosts));
    else for (const stage of areasOf(task, area).reverse()) push([stage.stage], stage);
    push(hooks.before, around.before);
    push(options.needs ?? [], around.before);
  }

  function addSteps(task: Task<Body>, scope: number, { area, frame }: Visit, hosts: readonly PlannedHost[]): void {
    const { once, local = false, barrier, leaderFirst } = task.options;
    const isAlone = once !== undefined || local || barrier === true || leaderFirst === true;
    const { invocation } = frame;
    const add = (on: readonly PlannedHost[]): void => {
      isCut ||= isAlone;
      let section = sections.at(-1);
      if (section === undefined || isCut || section.area !== area) {
        section = { area, steps: [] };
        sections.push(section);
      }
      const ids = Object.freeze(on.map((host) => host.id));
      section.steps.push(Object.freeze({ index: steps++, task, hosts: ids, local, scope, flow: invocation.flow }));
      isCut = isAlone;
    };
    if (task.body === undefined) isCut ||= isAlone;
    else if (local) add([]);
    else {
      const placed = invocation.place(task, hosts);
      for (const group of leaderFirst === true ? splitLeader(placed) : [placed]) if (group.length > 0) add(group);
    }
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

/** Where the stages of a flow are. */
function areasOf({ name, stages = [], rollingFrom }: Task, outer: Area): Area[] {
  const from = rollingFrom === undefined ? -1 : stages.indexOf(rollingFrom);
  return stages.map((stage, at) => ({ stage, flow: name, rolling: outer.rolling || (from !== -1 && at >= from) }));
}

/** The first host in sorted order, so that two runs which need several hosts meet at the same one; then the rest. */
function splitLeader(hosts: readonly PlannedHost[]): [readonly PlannedHost[], readonly PlannedHost[]] {
  const leader = hosts.toSorted((left, right) => (left.id < right.id ? -1 : 1))[0];
  return [hosts.filter((host) => host === leader), hosts.filter((host) => host !== leader)];
}

function tooLarge(task: string): UsageError {
  const most = MOST_TASKS.toLocaleString("en");
  return new UsageError("PLAN_TOO_LARGE", `The plan has more than ${most} tasks; at "${task}" it was given up.`, {
    hint: "Look for tasks with `repeat: true`, or flows hooked into flows, that multiply each other.",
  });
}
