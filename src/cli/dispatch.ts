import type { ExitCode } from "../errors.ts";
import type { Invocation } from "./argv/invocation.ts";
import type { Verb } from "./argv/verbs.ts";
import type { CliIo } from "./terminal/io.ts";

/** What a verb does. */
export type Command = (invocation: Invocation, io: CliIo) => Promise<ExitCode>;

/** By name of the verb; without one, tasks are run. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  "": async () => (await import("./commands/run.ts")).runTasks,
  init: async () => (await import("./commands/init.ts")).runInit,
  demo: async () => (await import("./commands/demo.ts")).runDemo,
  doctor: async () => (await import("./commands/doctor.ts")).runDoctor,
  tasks: async () => (await import("./commands/tasks.ts")).runTaskList,
  plan: async () => (await import("./commands/plan.ts")).runPlanTable,
  graph: async () => (await import("./commands/graph.ts")).runGraph,
  env: async () => (await import("./commands/env.ts")).runEnv,
  exec: async () => (await import("./commands/exec.ts")).runExec,
  releases: async () => (await import("./commands/releases.ts")).runReleases,
  unlock: async () => (await import("./commands/unlock.ts")).runUnlock,
  completion: async () => (await import("./commands/completion.ts")).runCompletion,
  __complete: async () => (await import("./commands/complete.ts")).runComplete,
};

export async function loadCommand(verb: Verb): Promise<Command> {
  const load = commands[verb.name];
  if (load === undefined) throw new Error(`the verb ${verb.name} does nothing`);
  return await load();
}
