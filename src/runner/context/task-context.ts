import { builderMembers } from "../../command/builder.ts";
import { Secret } from "../../command/secret.ts";
import { REDACTED } from "../../command/secret-matcher.ts";
import type { HostView } from "../../env/settings.ts";
import { UsageError } from "../../errors.ts";
import { didYouMean } from "../../suggest.ts";
import type { CommandBodyContext, Logger, TaskContext } from "../context.ts";
import type { HostRun } from "../machine/host-run.ts";
import type { Run, TaskRun } from "./run.ts";
import { createShell, shellMembers } from "./shell.ts";
import { createTaskFleet } from "./task-fleet.ts";
import { createTaskUi } from "./ui.ts";
import { derive, watchUse } from "./unused.ts";
import { skip } from "./user-code.ts";

/** What a command body sees: it writes text and does nothing. */
export function createBodyContext(task: TaskRun): CommandBodyContext {
  return Object.freeze({
    ...watchUse(task, builderMembers(task.context, derive(task, createBodyContext))),
    ...facts(task),
  });
}

/** What a function body sees, on the machine that is the task's target. Immutable; wrappers return new ones. */
export function createTaskContext(task: TaskRun): TaskContext {
  const { run, pass } = task;
  const signal = task.limits.start;
  return Object.freeze({
    ...watchUse(task, builderMembers(task.context, derive(task, createTaskContext))),
    ...watchUse(task, shellMembers(task)),
    ...facts(task),
    log: createLogger(task),
    signal,
    skip: (what: "task" | "flow" = "task") => skip(task, what),
    get failures() {
      return pass.record.allFailures();
    },
    execute(ref, hosts) {
      return task.pending.track(run.execute(ref, task, hosts && hostsOf(run, hosts)));
    },
    on(host) {
      const target = hostOf(run, host);
      return createTaskContext({ ...task, target, env: target.env, context: {}, made: undefined });
    },
    get fleet() {
      const tell = ({ id: host }: HostRun, text: string): void =>
        run.emit({ kind: "message", level: "info", host, task: task.name, text });
      const access = { contextOf: createTaskContext, places: run.places, track: task.pending.track, tell };
      return createTaskFleet({ ...task, context: {}, made: undefined }, access);
    },
    get ui() {
      return createTaskUi(task);
    },
    get local() {
      return createShell({ ...task, target: run.control, context: {}, made: undefined });
    },
  } satisfies TaskContext);
}

/** What bodies of all kinds see of where they are. */
export function facts({ run, pass, env, target, name, flow }: TaskRun) {
  return {
    host: env.reader.host,
    env: env.reader as TaskContext["env"],
    hosts: pass.views,
    flow,
    effectiveRoles: target.given.effectiveRoles,
    args: run.argsOf(name, flow),
    failure: pass.failure,
    runId: run.runId,
    dryRun: run.dryRun,
  };
}

function createLogger({ run, target, name: task }: TaskRun): Logger {
  const host = target.id;
  // A log line is for eyes: a secret is hidden there, as what a host prints is.
  const show = (text: unknown): string => (text instanceof Secret ? REDACTED : run.redact(String(text)));
  const say = (level: "debug" | "info" | "warn") => (text: string) =>
    run.emit({ kind: "message", level, host, task, text: show(text) });
  return Object.freeze({
    debug: say("debug"),
    info: say("info"),
    warn: say("warn"),
    changed(text: string) {
      const shown = show(text);
      target.changed.push(shown);
      run.emit({ kind: "changed", host, text: shown });
    },
    standing(text: string) {
      target.standing = show(text);
    },
  });
}

function hostsOf(run: Run, hosts: readonly (HostView | string)[]): readonly HostRun[] {
  if (Array.isArray(hosts)) return hosts.map((host) => hostOf(run, host));
  throw new UsageError("HOSTS_NO_LIST", "t.execute: its second value is no list of hosts.", {
    hint: "Write t.execute(task, [host]). What is executed has the arguments that the command line gives it, or their defaults.",
  });
}

export function hostOf(run: Run, host: HostView | string): HostRun {
  const wanted = typeof host === "string" ? host : host.id;
  const found = run.hostRuns.get(wanted) ?? [...run.hostRuns.values()].find(({ env }) => env.reader.host.name === wanted);
  if (found !== undefined) return found;
  throw new UsageError("UNKNOWN_HOST", `The run has no host "${wanted}".`, {
    hint: didYouMean(wanted, run.hostRuns.keys()) ?? "`t.hosts` lists them.",
  });
}
