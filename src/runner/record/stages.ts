import type { Plan } from "../../graph/plan.ts";

/** Stages of a plan: the parts of a run that people see as one, and which of them a section belongs to. */
export interface PlanStages {
  readonly stages: readonly {
    readonly name: string;
    /** Names of its tasks, each once, in order. */
    readonly tasks: readonly string[];
    /** Ids of the hosts that have something to do in it. */
    readonly hosts: ReadonlySet<string>;
  }[];
  readonly bySection: readonly number[];
}

/** A stage is what neighbouring sections of one name and one flow make up. */
export function stagesOf(plan: Plan): PlanStages {
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
