import type { Plan } from "../graph/plan.ts";
import { runsAlone } from "./alone.ts";
import { collectFlight } from "./command-body.ts";
import type { TaskBody } from "./context.ts";
import { createPass } from "./create-pass.ts";
import { createRunning } from "./create-running.ts";
import type { RunDeps } from "./deps.ts";
import type { Item } from "./item.ts";
import type { Pass } from "./pass.ts";
import type { Running } from "./running.ts";
import { toLegs } from "./sections.ts";
import { limitsOfTasks } from "./stop.ts";

/** What one machine is sent in one go. */
export interface PlannedFlight {
  /** `function`: the task sends what it likes, when it likes. `nothing`: there is nothing to send. */
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

/** What happens between two barriers: machines do not wait for each other. */
export interface PlannedLeg {
  readonly lanes: readonly PlannedLane[];
}

/**
 * Which tasks of a plan would travel together, by the rules of the run itself. Connects nowhere and calls no function: where
 * a task needs what an earlier one finds out, that is taken as found out.
 * @param deps of a dry run
 * @throws FakeError when the commands of a task cannot be written
 */
export async function planFlights(plan: Plan<TaskBody>, deps: RunDeps): Promise<readonly PlannedLeg[]> {
  const running = createRunning(plan, { ...deps, emit() {} });
  try {
    const sessions = [...running.sessions.values()];
    const pass = createPass(running, { plan, sessions, limits: limitsOfTasks(running.stop), ledger: running.ledger });
    const foretold = new Map<string, Set<string>>();
    const legs: PlannedLeg[] = [];
    for (const leg of toLegs(running, pass, plan.sections)) {
      const lanes: PlannedLane[] = [];
      for (const lane of leg) lanes.push(...(await planLane(running, pass, lane, foretold)));
      legs.push({ lanes });
    }
    return legs;
  } finally {
    running.close();
  }
}

/** With one host, this machine's tasks are part of its lane: there are no barriers to wait at. */
async function planLane(
  running: Running,
  pass: Pass,
  items: readonly Item[],
  foretold: Map<string, Set<string>>,
): Promise<readonly PlannedLane[]> {
  const lanes: { host: string; local: boolean; flights: PlannedFlight[] }[] = [];
  for (let done = 0; done < items.length; ) {
    const { session } = items[done] as Item;
    const known = foretold.get(session.id) ?? new Set();
    foretold.set(session.id, known);
    const flight = await nextFlight(running, pass, items, done, known);
    const last = lanes.at(-1);
    if (last?.host === session.id) last.flights.push(flight);
    else lanes.push({ host: session.id, local: session.local, flights: [flight] });
    done += flight.tasks.length;
  }
  return lanes;
}

async function nextFlight(
  running: Running,
  pass: Pass,
  items: readonly Item[],
  from: number,
  known: Set<string>,
): Promise<PlannedFlight> {
  const first = items[from] as Item;
  if (runsAlone(first) && first.step.task.body?.kind !== "commands") {
    return { kind: first.step.task.body === undefined ? "nothing" : "function", tasks: [first.step.task.name] };
  }
  const together = runsAlone(first) ? [first] : items.slice(from);
  const collected = await collectFlight(running, pass, together, 0, pass.limits.start, known);
  if (collected.kind === "error") throw collected.error;
  if (collected.kind === "stopped") throw pass.limits.start.reason;
  for (const key of collected.awaited) known.add(key);
  const isEmpty = collected.tasks.every(({ commands }) => commands.length === 0);
  return { kind: isEmpty ? "nothing" : "commands", tasks: collected.tasks.map(({ item }) => item.step.task.name) };
}
