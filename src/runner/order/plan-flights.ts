import type { Plan } from "../../graph/plan.ts";
import type { RunOptions, TaskRun } from "../context/run.ts";
import type { TaskBody } from "../context.ts";
import { writeFlight } from "../flight/write-flight.ts";
import { runsAlone } from "./alone.ts";
import { createPass } from "./pass.ts";
import { createRun } from "./run-plan.ts";
import { toLanes } from "./sections.ts";

/** What happens between two barriers, one after another; machines do not wait for each other. */
export type PlannedFlights = readonly (readonly PlannedLane[])[];

/** What one machine is sent in one go. */
export interface PlannedFlight {
  /** `function`: the task sends what and when it likes. `nothing`: there is nothing to send. */
  readonly kind: "commands" | "function" | "nothing";
  readonly tasks: readonly string[];
}

/** What one machine is sent between two barriers. */
export interface PlannedLane {
  readonly host: string;
  /** The machine that `fake` runs on. */
  readonly local: boolean;
  readonly flights: readonly PlannedFlight[];
}

/**
 * Which tasks of a plan would travel together, by the rules of the run itself. Connects nowhere and calls no function: where
 * a task needs what an earlier one finds out, that is taken as found out.
 * @param options of a dry run
 * @throws FakeError when the commands of a task cannot be written
 */
export async function planFlights(plan: Plan<TaskBody>, options: RunOptions): Promise<PlannedFlights> {
  const run = createRun(plan, { ...options, emit() {} });
  try {
    const pass = createPass(run, { plan });
    const foretold = new Map<string, Set<string>>();
    const planned: PlannedLane[][] = [];
    for (const between of toLanes(pass, plan.sections)) {
      const lanes: PlannedLane[] = [];
      for (const lane of between) lanes.push(...(await planLane(lane, foretold)));
      planned.push(lanes);
    }
    return planned;
  } finally {
    run.close();
  }
}

/** With one host, this machine's tasks are part of its lane: there are no barriers to wait at. */
async function planLane(lane: readonly TaskRun[], foretold: Map<string, Set<string>>): Promise<readonly PlannedLane[]> {
  const lanes: { host: string; local: boolean; flights: PlannedFlight[] }[] = [];
  for (let rest = lane; rest[0] !== undefined; ) {
    const { id, local } = rest[0].host;
    const known = foretold.get(id) ?? new Set();
    foretold.set(id, known);
    const flight = await nextFlight(rest[0], rest, known);
    const last = lanes.at(-1);
    if (last?.host === id) last.flights.push(flight);
    else lanes.push({ host: id, local, flights: [flight] });
    rest = rest.slice(flight.tasks.length);
  }
  return lanes;
}

async function nextFlight(first: TaskRun, lane: readonly TaskRun[], known: Set<string>): Promise<PlannedFlight> {
  const { body } = first.step.task;
  if (runsAlone(first) && body?.kind !== "commands") {
    return { kind: body === undefined ? "nothing" : "function", tasks: [first.name] };
  }
  const flight = await writeFlight(runsAlone(first) ? [first] : lane, known);
  if (flight instanceof Error) throw flight;
  if (flight === undefined) throw first.limits.start.reason;
  for (const key of flight.awaited) known.add(key);
  const isEmpty = flight.tasks.every(({ commands }) => commands.length === 0);
  return { kind: isEmpty ? "nothing" : "commands", tasks: flight.tasks.map(({ task }) => task.name) };
}
