import type { RunEvent, TaskOutcome } from "../../src/runner/events.ts";
import type { EventError, Failure, HostResult, HostStatus, RunResult } from "../../src/runner/result.ts";

/** What a simulated run does: the stages of a deployment on so many hosts. */
export interface Simulation {
  readonly hosts: number;
  readonly stages?: readonly { readonly name: string; readonly tasks: readonly string[] }[];
  /** Fails on the host with this number, in this task. */
  readonly fails?: ReadonlyMap<number, string>;
  /** Hosts that cannot be reached. */
  readonly lost?: ReadonlySet<number>;
  readonly dryRun?: boolean;
  /** Lines that each command prints. */
  readonly lines?: number;
}

export const deployStages: NonNullable<Simulation["stages"]> = [
  { name: "deploy:starting", tasks: ["deploy:lock", "deploy:check"] },
  { name: "deploy:updating", tasks: ["deploy:create-release", "deploy:symlink:linked-dirs"] },
  { name: "deploy:publishing", tasks: ["deploy:symlink:release"] },
  { name: "deploy:finishing", tasks: ["deploy:cleanup"] },
  { name: "deploy:finished", tasks: ["deploy:log-revision", "restart", "deploy:unlock"] },
];

const RELEASE = "20261120101500";

export function errorOf(command: string, exitCode: number, stderr: string): EventError {
  return {
    name: "CommandError",
    code: "COMMAND_FAILED",
    message: `${command}: exit code ${exitCode}`,
    hint: undefined,
    stack: undefined,
    command,
    exitCode,
    stdout: "",
    stderr,
  };
}

/** The events of a run, as the runner would tell them: hosts side by side, stage after stage. */
export function* simulate(simulation: Simulation): Generator<RunEvent> {
  const {
    stages = deployStages,
    fails = new Map<number, string>(),
    lost = new Set<number>(),
    dryRun = false,
    lines = 1,
  } = simulation;
  const names = Array.from({ length: simulation.hosts }, (_, index) => `app${index + 1}.example.com`);
  const failures: Failure[] = [];
  const down = new Set(lost);
  let id = 0;
  const planned = stages.map((stage) => ({ ...stage, hosts: names }));
  yield { kind: "runStarted", runId: "r1", tasks: ["deploy"], hosts: names, dryRun, stages: planned };
  for (const [index, host] of dryRun ? [] : names.entries()) {
    yield { kind: "hostConnecting", host };
    if (!lost.has(index)) yield { kind: "hostConnected", host, duration: 40 + index };
    else yield { kind: "hostLost", host, message: `${host}: no answer within 20 s.`, hint: "Is it up? Try: ssh it" };
  }
  for (const { name: stage, tasks } of stages) {
    const ready = names.filter((_, index) => !down.has(index));
    yield { kind: "stageStarted", stage, hosts: ready, tasks: tasks.map((name) => ({ name, hosts: ready.length })) };
    for (const task of tasks) {
      for (const host of ready) yield { kind: "taskStarted", task, host, stage };
      for (const host of ready) {
        const index = names.indexOf(host);
        const fail = fails.get(index) === task;
        const command = `cd /srv/shop && ${task.replaceAll(":", "-")} --release ${RELEASE}`;
        const quiet = task === "deploy:check";
        id++;
        yield { kind: "commandStarted", id, host, task, command, quiet };
        for (let line = 1; line <= lines; line++) {
          yield { kind: "commandOutput", id, host, task, stream: "stdout", text: `${task}: line ${line} of ${lines}\n`, quiet };
        }
        if (fail)
          yield { kind: "commandOutput", id, host, task, stream: "stderr", text: "npm error: no space left on device", quiet };
        const exitCode = fail ? 28 : 0;
        yield {
          kind: "commandFinished",
          id,
          host,
          task,
          command,
          status: fail ? "failed" : "ok",
          exitCode,
          signal: undefined,
          duration: 120,
          quiet,
        };
        const error = fail ? errorOf(command, 28, "npm error: no space left on device") : undefined;
        const outcome: TaskOutcome = fail ? "failed" : dryRun ? "planned" : "ok";
        yield { kind: "taskFinished", task, host, stage, outcome, duration: 130, error };
        if (error !== undefined) failures.push({ phase: "task", host, task, stage, flow: "deploy", error });
        if (!fail && task === "deploy:symlink:release")
          yield { kind: "changed", host, text: `current -> /srv/shop/releases/${RELEASE}` };
      }
    }
    const ok = failures.length === 0;
    yield { kind: "stageFinished", stage, ok, outcome: ok ? "ok" : "failed", duration: 900 };
    if (failures.length > 0) break;
  }
  yield { kind: "runFinished", result: resultOf(names, { lost, failures, dryRun }) };
}

function resultOf(
  names: readonly string[],
  run: { lost: ReadonlySet<number>; failures: readonly Failure[]; dryRun: boolean },
): RunResult {
  const ok = run.failures.length === 0 && run.lost.size === 0;
  const hosts = names.map((host, index): HostResult => {
    const failed = run.failures.some((failure) => failure.host === host);
    const status: HostStatus = run.lost.has(index) ? "unreachable" : failed ? "failed" : "ok";
    const live = status === "ok" && run.failures.length === 0;
    return {
      host,
      status,
      changed: live ? [`current -> /srv/shop/releases/${RELEASE}`] : [],
      standing: status === "unreachable" ? undefined : live ? `live: ${RELEASE} (1a2b3c4)` : "live: 20261119093000 (9f8e7d6)",
    };
  });
  const unreachable = names.flatMap((host, index): Failure[] => {
    if (!run.lost.has(index)) return [];
    const message = `${host}: no answer within 20 s.`;
    const error = {
      ...errorOf("", 0, ""),
      name: "ConnectError",
      code: "CONNECT_TIMEOUT",
      message,
      hint: "Is it up?",
      command: undefined,
      exitCode: undefined,
    };
    return [{ phase: "task", host, task: "deploy:lock", stage: "deploy:starting", flow: "deploy", error }];
  });
  const failures = [...unreachable, ...run.failures];
  return { ok, exitCode: ok ? 0 : 1, hosts, failures, duration: 12_345, interrupted: undefined, dryRun: run.dryRun };
}
