import { TaskError, toError } from "../../errors.ts";
import { planFor } from "../../graph/build-plan.ts";
import type { Plan } from "../../graph/plan.ts";
import { Semaphore } from "../../semaphore.ts";
import { whereOf } from "../../source-location.ts";
import { settleWithin } from "../../wait.ts";
import { createArgs } from "../args.ts";
import { endProcesses } from "../context/pending.ts";
import type { Run, RunOptions } from "../context/run.ts";
import type { TaskBody } from "../context.ts";
import type { RunEmitter } from "../events.ts";
import { GRACE_MS } from "../limits.ts";
import { HostRun } from "../machine/host-run.ts";
import { CONTROL_HOST, CONTROL_MACHINE } from "../machine/login.ts";
import { describeSleep, watchForSleep } from "../machine/sleep-watch.ts";
import { type Failed, toEventError, toFailed } from "../record/failure.ts";
import { createOpenEnds } from "../record/open-ends.ts";
import type { RunResult } from "../result.ts";
import { createStop } from "../stop.ts";
import { connectAll } from "./connect.ts";
import { executeTask } from "./execute.ts";
import { runInGroups } from "./groups.ts";
import { createPass, stagesOf } from "./pass.ts";
import { toRunResult } from "./results.ts";
import { endUnbegun, runPass } from "./run-pass.ts";

/** Runs a plan on its hosts, tells what happens as events, and keeps every outcome. Never throws and never hangs. */
export async function runPlan(plan: Plan<TaskBody>, options: RunOptions): Promise<RunResult> {
  const since = options.now();
  const run = createRun(plan, options);
  announce(run, plan);
  await carryOut(run, plan);
  // Connections end without the other side's consent, but not even that is waited for without end.
  await settleWithin(run.release(), [
    { signal: AbortSignal.abort(), grace: GRACE_MS },
    { signal: run.stop.at(3), grace: 0 },
  ]);
  run.giveUp();
  // What a task has thrown where nobody waits comes to light when node does something else.
  if (options.onUnheard !== undefined) await new Promise(setImmediate);
  const result = toRunResult(run, plan, since);
  run.emit({ kind: "runFinished", result });
  run.close();
  return result;
}

/** Which host's task threw it, nobody knows. */
function unheard(thrown: unknown, { tasks }: Plan, { redact }: Run): Failed {
  const cause = toError(thrown);
  const error = new TaskError(`${cause.name}: ${cause.message}`, {
    cause,
    where: whereOf(cause),
    hint: "It was thrown where nobody waits for it: an `await` or a `catch` is missing.",
  });
  return toFailed({ host: CONTROL_MACHINE, task: tasks.join(" ") }, Object.assign(error, { stack: cause.stack }), redact);
}

function announce({ emit, runId, dryRun }: Run, plan: Plan<TaskBody>): void {
  emit({
    kind: "runStarted",
    runId,
    tasks: plan.tasks,
    hosts: plan.hosts.map(({ id }) => id),
    dryRun,
    stages: [...new Set(stagesOf(plan))].map(({ name, tasks, hosts }) => ({
      name,
      tasks: [...tasks.keys()],
      hosts: [...hosts],
    })),
  });
}

async function carryOut(run: Run, plan: Plan<TaskBody>): Promise<void> {
  const work = run.dryRun ? showOnly(run, plan) : runOnHosts(run, plan);
  const settled = await settleWithin(work, [{ signal: run.stop.at(3), grace: 0 }]);
  if (settled.kind !== "error") return;
  // Something threw that should not: the run ends with that error instead of losing what is known.
  run.failures.push(toFailed({ host: CONTROL_MACHINE, task: plan.tasks.join(" ") }, settled.error, run.redact));
}

/** Loaded by who needs it: it stands before much of what node can do. */
async function showOnly(run: Run, plan: Plan<TaskBody>): Promise<void> {
  const { showPlan } = await import("./dry-run.ts");
  await showPlan(run, plan);
}

async function runOnHosts(run: Run, plan: Plan<TaskBody>): Promise<void> {
  const { eachForItself = false } = run;
  if (!eachForItself && !(await connectAll(run, plan))) return await endUnbegun(createPass(run, { plan }));
  const gone = new Set(run.leftOut.map(({ failure }) => failure.host));
  const left = plan.hosts.filter(({ id }) => !gone.has(id));
  const pass = createPass(run, {
    plan: gone.size === 0 ? plan : planFor(run.graph, plan.tasks, left, plan),
    hosts: [...run.hostRuns.values()].filter(({ id }) => !gone.has(id)),
    eachForItself,
  });
  run.record = pass.record;
  if (run.batch === undefined) await runPass(pass);
  else await runInGroups(pass, run.batch);
  if (pass.record.isUnbegun && run.stop.reason !== undefined) await endUnbegun(pass);
}

/** One task of commands, and no word of what may come with it. */
function isOneFlight({ sections }: Plan<TaskBody>): boolean {
  const [step, ...rest] = sections.flatMap(({ steps }) => steps);
  return rest.length === 0 && step?.task.body?.kind === "commands";
}

/** Sets up what the parts of a run share. */
export function createRun(plan: Plan<TaskBody>, options: RunOptions): Run {
  let closed = false;
  let lastId = 0;
  const { redactor, now } = options;
  const open = createOpenEnds(options.emit, now);
  const emit: RunEmitter["emit"] = (event) => {
    if (!closed) open.emit(event);
  };
  const events: RunEmitter = { emit, redactor, redact: redactor.redact, now, nextId: () => ++lastId };
  const stop = createStop(options, (signal, count) => emit({ kind: "interrupted", signal, count }));
  const planned = new Set(plan.hosts.map(({ id }) => id));
  const selected = options.hosts.filter(({ host }) => planned.has(host.id));
  const { env, fleet, becomePassword } = options;
  const given = {
    events,
    fleet,
    becomePassword,
    last: options.last === true,
    single: options.last === true && isOneFlight(plan),
  };
  const hostRuns = new Map(
    selected.map(({ host, effectiveRoles }) => [
      host.id,
      new HostRun(host, { ...given, effectiveRoles, env: env.forHost(host.id) }),
    ]),
  );
  const furtherRuns = new Map<string, HostRun>();
  const everyHost = (): readonly HostRun[] => [...hostRuns.values(), ...furtherRuns.values()];
  const control = new HostRun(CONTROL_HOST, { ...given, effectiveRoles: [], env: env.forRun() });
  const stopWatching = watchForSleep({
    ...options.sleep,
    connected: () =>
      everyHost()
        .filter(({ machine }) => machine?.connected === true)
        .map(({ id }) => id),
    onSleep(hosts, duration) {
      for (const host of hosts)
        emit({ kind: "message", level: "warn", host, task: undefined, text: describeSleep(host, duration) });
    },
  });
  const stopHearing = options.onUnheard?.((thrown) => run.failures.push(unheard(thrown, plan, run)));
  const run: Run = {
    ...options,
    ...events,
    stop,
    hostRuns,
    furtherRuns,
    control,
    failures: [],
    record: undefined,
    leftOut: [],
    work: { begun: false },
    answers: options.answers ?? new Map(),
    processes: new Set(),
    semaphores: new Map(),
    places: new Semaphore(options.parallel ?? Number.POSITIVE_INFINITY),
    addHost(host) {
      const added = new HostRun(host, { ...given, effectiveRoles: [], env: env.forFurther({ host, settingsRoles: host.roles }) });
      furtherRuns.set(host.id, added);
      return added;
    },
    argsOf: createArgs(options),
    execute: executeTask,
    giveUp() {
      const left = stop.reason ?? new Error("The run is over.");
      for (const event of open.end(toEventError(left, redactor.redact))) {
        if (event.kind === "taskStarted") run.failures.push(toFailed({ ...event, stopped: true }, left, redactor.redact));
        // What became of it nobody has heard.
        if (event.kind === "commandStarted") (everyHost().find(({ id }) => id === event.host) ?? control).unknown = true;
      }
    },
    async release() {
      await endProcesses(run.processes);
      await Promise.all([control, ...everyHost()].map((host) => host.release()));
    },
    close() {
      closed = true;
      stopWatching();
      stopHearing?.();
      stop.dispose();
    },
  };
  return run;
}
