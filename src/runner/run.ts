import { toError } from "../errors.ts";
import { planWithout } from "../graph/build-plan.ts";
import type { Plan } from "../graph/plan.ts";
import { connectAll } from "./connect.ts";
import type { TaskBody } from "./context.ts";
import { createPass } from "./create-pass.ts";
import { createRunning } from "./create-running.ts";
import type { RunDeps } from "./deps.ts";
import { showPlan } from "./dry-run.ts";
import { exitCodeOf, toEventError } from "./event-error.ts";
import { runInGroups } from "./groups.ts";
import type { RunResult } from "./result.ts";
import { toRunResult } from "./results.ts";
import { runPass } from "./run-pass.ts";
import type { Running } from "./running.ts";
import { CONTROL_MACHINE } from "./session.ts";
import { settleWithin } from "./settle.ts";
import { stagesOf } from "./stages.ts";
import { GRACE, limitsOfTasks } from "./stop.ts";

/** Runs a plan on its hosts, tells what happens as events, and keeps every outcome. Never throws and never hangs. */
export async function runPlan(plan: Plan<TaskBody>, deps: RunDeps): Promise<RunResult> {
  const since = deps.now();
  const running = createRunning(plan, deps);
  announce(running, plan);
  await carryOut(running, plan);
  await disconnect(running);
  const result = toRunResult(running, plan, since);
  running.emit({ kind: "runFinished", result });
  running.close();
  return result;
}

function announce({ emit, deps }: Running, plan: Plan<TaskBody>): void {
  emit({
    kind: "runStarted",
    runId: deps.runId,
    tasks: plan.tasks,
    hosts: plan.hosts.map(({ id }) => id),
    dryRun: deps.options.dryRun,
    stages: stagesOf(plan).stages.map(({ name, tasks }) => ({ name, tasks })),
  });
}

async function carryOut(running: Running, plan: Plan<TaskBody>): Promise<void> {
  const work = running.deps.options.dryRun ? showPlan(running, plan) : runOnHosts(running, plan);
  const settled = await settleWithin(work, [{ signal: running.stop.at(3), grace: 0 }]);
  if (settled.kind === "error") keepFault(running, plan, settled.error);
}

async function runOnHosts(running: Running, plan: Plan<TaskBody>): Promise<void> {
  if (!(await connectAll(running, plan))) return;
  const gone = new Set(running.leftOut.own.map(({ failure }) => failure.host));
  const pass = createPass(running, {
    plan: gone.size === 0 ? plan : planWithout(running.deps.graph, plan, gone),
    sessions: [...running.sessions.values()].filter(({ id }) => !gone.has(id)),
    limits: limitsOfTasks(running.stop),
    ledger: running.ledger,
  });
  const { batch } = running.deps.options;
  if (batch === undefined) await runPass(running, pass);
  else await runInGroups(running, pass, batch);
}

/** Connections end without the other side's consent, but not even that is waited for without end. */
async function disconnect({ sessions, control, stop }: Running): Promise<void> {
  const closing = Promise.all([control, ...sessions.values()].map((session) => session.close()));
  await settleWithin(closing, [
    { signal: AbortSignal.abort(), grace: GRACE },
    { signal: stop.at(3), grace: 0 },
  ]);
}

/** Something threw that should not: the run ends with it instead of losing what it knows. */
function keepFault(running: Running, plan: Plan<TaskBody>, thrown: unknown): void {
  const error = toError(thrown);
  const task = plan.tasks.join(" ");
  const failure = { host: CONTROL_MACHINE, task, stage: task, flow: undefined, error: toEventError(error, running.redact) };
  running.ledger.record({ failure, error, exitCode: exitCodeOf(error) });
}
