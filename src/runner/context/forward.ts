/** Ports through the host of a task: they are closed with it, or with the run. */
import { UsageError } from "../../errors.ts";
import type { Tunnel } from "../../process/forward/forward.ts";
import { openTunnel } from "../../process/forward/open-tunnel.ts";
import { FORWARD_OPTIONS, readForward } from "../../process/forward/wish.ts";
import type { TaskForwardOptions } from "../shell.ts";
import { noteWork, type TaskRun } from "./run.ts";

/** Resolves once it listens. @throws UsageError, ProblemsError, ConnectError; why the task was stopped */
export async function openForward(task: TaskRun, options: TaskForwardOptions): Promise<Tunnel> {
  const wish = readForward(options, [...FORWARD_OPTIONS, "scope"]);
  const { scope = "task", signal: given, onProblem } = options;
  if (scope !== "task" && scope !== "run")
    throw new UsageError("BAD_SCOPE", `A tunnel is closed with the "task" or with the "run", not ${JSON.stringify(scope)}.`);
  const { target, name, run, limits, pending } = task;
  limits.start.throwIfAborted();
  noteWork(task);
  const signal = given === undefined ? limits.kill : AbortSignal.any([given, limits.kill]);
  const [near, far] = await Promise.all([run.control.connection(signal), target.connection(signal)]);
  const host = target.local ? undefined : target.host;
  const tunnel = await openTunnel(
    { wish, host, near, far },
    {
      signal,
      onProblem(problem) {
        run.emit({ kind: "message", level: "warn", host: target.id, task: name, text: run.redact(problem.message) });
        onProblem?.(problem);
      },
    },
  );
  target.touched = true;
  const scoped = scope === "run" ? run.processes : pending.processes;
  scoped.add(tunnel);
  void tunnel.closed.then(() => scoped.delete(tunnel));
  return tunnel;
}
