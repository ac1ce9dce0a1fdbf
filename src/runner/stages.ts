import type { Plan } from "../graph/plan.ts";
import type { Emit } from "./events.ts";

/** The part of a run that people see as one: neighbouring sections of the same stage. */
export interface Stage {
  readonly name: string;
  /** Names of its tasks, each once, in order. */
  readonly tasks: readonly string[];
  /** Ids of the hosts that have something to do in it. */
  readonly hosts: ReadonlySet<string>;
}

/** Says when stages begin and end. */
export interface Stages {
  /** The stage that events of this section's tasks belong to. */
  nameOf(section: number): string;
  /** A task of the section begins: ends the stage before it, begins its own. */
  enter(section: number): void;
  /** Ends the stage at hand. */
  leave(ok: boolean): void;
}

/** Stages of a plan, and which of them a section belongs to. */
export function stagesOf(plan: Plan): { readonly stages: readonly Stage[]; readonly bySection: readonly number[] } {
  const stages: { name: string; flow: string | undefined; tasks: Set<string>; hosts: Set<string> }[] = [];
  const bySection = plan.sections.map((section) => {
    let stage = stages.at(-1);
    if (stage === undefined || stage.name !== section.stage || stage.flow !== section.flow) {
      stage = { name: section.stage, flow: section.flow, tasks: new Set(), hosts: new Set() };
      stages.push(stage);
    }
    for (const step of section.steps) {
      stage.tasks.add(step.task.name);
      for (const host of step.hosts) stage.hosts.add(host);
    }
    return stages.length - 1;
  });
  return { stages: stages.map(({ name, tasks, hosts }) => ({ name, tasks: [...tasks], hosts })), bySection };
}

/** @param hosts ids of the hosts at hand, in the order of the plan: with `--batch`, those of the group */
export function createStages(plan: Plan, hosts: readonly string[], emit: Emit, now: () => number): Stages {
  const { stages, bySection } = stagesOf(plan);
  let open: { readonly stage: number; readonly since: number } | undefined;
  const nameOf = (section: number): string => stages[bySection[section] ?? -1]?.name ?? "";
  const leave = (ok: boolean): void => {
    if (open === undefined) return;
    emit({ kind: "stageFinished", stage: stages[open.stage]?.name ?? "", ok, duration: now() - open.since });
    open = undefined;
  };
  return {
    nameOf,
    enter(section) {
      const stage = bySection[section] ?? -1;
      if (open?.stage === stage) return;
      leave(true);
      open = { stage, since: now() };
      const busy = stages[stage]?.hosts;
      emit({ kind: "stageStarted", stage: nameOf(section), hosts: hosts.filter((host) => busy?.has(host) === true) });
    },
    leave,
  };
}

/** Tasks that another task executes are shown in its stage. */
export function insideStage(name: string): Stages {
  return { nameOf: () => name, enter() {}, leave() {} };
}
