import type { Plan, Section } from "../../graph/plan.ts";
import { Pending } from "../context/pending.ts";
import type { Pass, Run, Stage, TaskRun } from "../context/run.ts";
import type { TaskBody } from "../context.ts";
import type { GroupOfHosts } from "../events.ts";
import type { HostRun } from "../machine/host-run.ts";
import { RunRecord } from "../record/record.ts";

/** @param given `hosts`: those that tasks see, all of the run by default; its steps have those of the plan */
export function createPass(run: Run, given: Pick<Pass, "plan"> & Partial<Pass>): Pass {
  const { plan, inStage, hosts = [...run.hostRuns.values()] } = given;
  return {
    run,
    hosts,
    limits: run.stop.limits,
    record: given.record ?? new RunRecord(plan, run.failures),
    inStage: undefined,
    failure: undefined,
    flow: undefined,
    chain: [],
    eachForItself: false,
    ...given,
    views: viewsOf(hosts),
    stages: inStage === undefined ? stagesOf(plan) : [],
    openStage: undefined,
    group: undefined,
  };
}

/** The same pass for one group of its hosts: what ran and what failed is kept together. */
export function forGroup(pass: Pass, hosts: readonly HostRun[], group: GroupOfHosts): Pass {
  return { ...pass, hosts, views: viewsOf(hosts), openStage: undefined, group };
}

/** The steps of a section on each of their machines, step by step. */
export function toTaskRuns(pass: Pass, { index, steps }: Section<TaskBody>): readonly TaskRun[] {
  const { run, limits } = pass;
  const here = new Map(pass.hosts.map((host) => [host.id, host]));
  const stage = pass.inStage ?? pass.stages[index]?.name ?? "";
  return steps.flatMap((step) => {
    const hosts = step.local ? [run.control] : step.hosts.flatMap((id) => here.get(id) ?? []);
    return hosts.map((host): TaskRun => {
      const { name } = step.task;
      const flow = step.flow ?? pass.flow;
      const where = { section: index, stage, flow, host, target: host, env: host.env, context: {} };
      const own = { pending: new Pending(), executed: [], time: host.comes(name) };
      return { run, pass, step, name, ...where, limits, ...own };
    });
  });
}

/** The stage of each section: neighbouring sections of one name and one flow are one. */
export function stagesOf(plan: Plan): readonly Stage[] {
  const stages: Stage[] = [];
  for (const { stage: name, flow, steps } of plan.sections) {
    const last = stages.at(-1);
    const isNext = last?.name !== name || last.flow !== flow;
    const stage: Stage = isNext ? { name, flow, tasks: new Map(), hosts: new Set() } : last;
    stages.push(stage);
    for (const { task, hosts } of steps) {
      const on = stage.tasks.get(task.name) ?? new Set();
      stage.tasks.set(task.name, on);
      for (const host of hosts) {
        on.add(host);
        stage.hosts.add(host);
      }
    }
  }
  return stages;
}

function viewsOf(hosts: readonly HostRun[]): Pass["views"] {
  return Object.freeze(hosts.map(({ env }) => env.reader.host));
}
