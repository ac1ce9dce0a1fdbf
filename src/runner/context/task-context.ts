import type { CommandBuilder } from "../../command/builder.ts";
import { Secret } from "../../command/secret.ts";
import { REDACTED } from "../../command/secret-matcher.ts";
import type { HostView } from "../../env/settings.ts";
import { UsageError } from "../../errors.ts";
import { didYouMean } from "../../suggest.ts";
import type { CommandBodyContext, Logger, TaskContext } from "../context.ts";
import type { HostRun } from "../machine/host-run.ts";
import { type MemberMakers, withMembers } from "./members.ts";
import type { Run, TaskRun } from "./run.ts";
import { createShell, SHELL_MAKERS } from "./shell.ts";
import { createTaskFleet } from "./task-fleet.ts";
import { createTaskUi } from "./ui.ts";
import { builderOf, watchMakers } from "./unused.ts";
import { skip } from "./user-code.ts";

/** What bodies of all kinds see of where they are. */
const FACTS = {
  host: ({ env }) => env.reader.host,
  env: ({ env }) => env.reader as TaskContext["env"],
  hosts: ({ pass }) => pass.views,
  flow: ({ flow }) => flow,
  effectiveRoles: ({ target }) => target.given.effectiveRoles,
  args: ({ run, name, flow }) => run.argsOf(name, flow),
  failure: ({ pass }) => pass.failure,
  runId: ({ run }) => run.runId,
  dryRun: ({ run }) => run.dryRun,
} satisfies MemberMakers<TaskRun, Omit<CommandBodyContext, keyof CommandBuilder>>;

/** What a command body sees: it writes text and does nothing. */
export const createBodyContext: (task: TaskRun) => CommandBodyContext = withMembers<TaskRun, CommandBodyContext>({
  ...builderOf((task) => createBodyContext(task)),
  ...FACTS,
});

/** What a function body sees, on the machine that is the task's target. Immutable; wrappers return new ones. */
export const createTaskContext: (task: TaskRun) => TaskContext = withMembers<TaskRun, TaskContext>(
  {
    ...builderOf((task) => createTaskContext(task)),
    ...watchMakers(SHELL_MAKERS),
    ...FACTS,
    log: createLogger,
    signal: ({ limits }) => limits.start,
    skip:
      (task) =>
      (what: "task" | "flow" = "task") =>
        skip(task, what),
    failures: ({ pass }) => pass.record.allFailures(),
    execute: (task) => (ref, hosts) => task.pending.track(task.run.execute(ref, task, hosts && hostsOf(task.run, hosts))),
    on: (task) => (host) => {
      const target = hostOf(task.run, host);
      return createTaskContext({ ...task, target, env: target.env, context: {}, made: undefined });
    },
    fleet(task) {
      const { run, name, pending } = task;
      const tell = ({ id: host }: HostRun, text: string): void =>
        run.emit({ kind: "message", level: "info", host, task: name, text });
      const access = { contextOf: createTaskContext, places: run.places, track: pending.track.bind(pending), tell };
      return createTaskFleet({ ...task, context: {}, made: undefined }, access);
    },
    ui: createTaskUi,
    local: (task) => createShell({ ...task, target: task.run.control, context: {}, made: undefined }),
  },
  ["failures"],
);

/** All of where a body is. */
export function facts(task: TaskRun): Omit<CommandBodyContext, keyof CommandBuilder> {
  const made = Object.entries(FACTS).map(([name, make]) => [name, make(task)] as const);
  return Object.fromEntries(made) as unknown as Omit<CommandBodyContext, keyof CommandBuilder>;
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
