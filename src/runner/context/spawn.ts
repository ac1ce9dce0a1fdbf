/** Processes of a task: they are ended with it, or with the run. */
import { type CommandInput, toCommand } from "../../command/builder.ts";
import type { Command } from "../../command/command.ts";
import { UsageError } from "../../errors.ts";
import { PROCESS_OPTIONS } from "../../process/check-options.ts";
import { ManagedProcess } from "../../process/managed-process.ts";
import type { EndedState, Process } from "../../process/process.ts";
import { callerOf } from "../../source-location.ts";
import { refuseUnknown } from "../../suggest.ts";
import type { CommandResult } from "../../transport/transport.ts";
import { onAbort } from "../../wait.ts";
import { GRACE_MS } from "../limits.ts";
import { createCommandReport } from "../machine/command-report.ts";
import { withDefaults } from "../machine/host-defaults.ts";
import { becomePasswordOf } from "../machine/send.ts";
import type { SpawnOptions } from "../shell.ts";
import { noteWork, type TaskRun } from "./run.ts";

/** Starts it. @throws UsageError, ProblemsError for a command or options that are none; why the task was stopped */
export function spawnProcess(
  task: TaskRun,
  input: CommandInput,
  options: SpawnOptions,
  verb: (...args: never[]) => unknown,
): Process {
  refuseUnknown("spawn", options, [...PROCESS_OPTIONS, "scope"]);
  const { scope = "task", onStart, onOutput, onEnd, onProblem, ...rest } = options;
  if (scope !== "task" && scope !== "run")
    throw new UsageError("BAD_SCOPE", `A process is ended with the "task" or with the "run", not ${JSON.stringify(scope)}.`);
  const { target, name, run, limits, pending } = task;
  const command = toCommand(input, {}, task.context, callerOf(verb));
  limits.start.throwIfAborted();
  noteWork(task);
  const report = createCommandReport(target, [command], { task: name });
  const prepare = async (): Promise<Command> => (await withDefaults(target, [command]))[0] ?? command;
  const access = {
    host: target.local ? undefined : target.host,
    connect: (signal: AbortSignal) => target.connection(signal),
    prepare,
    password: async (prepared: Command) => becomePasswordOf(target)?.(prepared)?.(),
  };
  const process = new ManagedProcess(command, access, {
    ...rest,
    onStart(started) {
      target.touched = true;
      report.on(0, { kind: "started", index: 0 });
      onStart?.(started);
    },
    onOutput(output) {
      if (output.text !== "") report.on(0, { kind: "output", index: 0, stream: output.stream, text: output.text });
      onOutput?.(output);
    },
    onProblem(problem) {
      const text = run.redact(`${problem.process.name}: ${problem.message}`);
      if (!problem.accepted || problem.kind === "handler")
        run.emit({ kind: "message", level: "warn", host: target.id, task: name, text });
      onProblem?.(problem);
    },
    onEnd(ended) {
      const { state } = ended;
      if (state.state === "ended" && report.hasStarted(0))
        report.on(0, { kind: "finished", index: 0, result: toResult(command, ended, state) });
      onEnd?.(ended);
    },
  });
  const scoped = scope === "run" ? run.processes : pending.processes;
  scoped.add(process);
  const stop = onAbort(limits.kill, () => {
    if (rest.outlive === true && process.pid !== undefined) void process[Symbol.asyncDispose]();
    else process.kill("SIGTERM", { grace: GRACE_MS });
  });
  void process.run().then(() => {
    stop();
    scoped.delete(process);
  });
  return process;
}

/** How it ended, as what a reporter knows of commands. */
function toResult(command: Command, { stdout, stderr, ok }: Process, end: EndedState): CommandResult {
  const { exitCode, signal, timedOut, killed, startDate, endDate, error: cause } = end;
  const status =
    cause !== undefined ? "unknown" : timedOut ? "timed-out" : killed ? "killed" : exitCode === 0 || ok ? "ok" : "failed";
  return {
    command,
    status,
    exitCode,
    signal,
    stdout,
    stderr,
    truncated: false,
    duration: Number(endDate) - Number(startDate),
    cause,
  };
}
