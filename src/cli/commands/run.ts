import { neutralise } from "../../command/neutralise.ts";
import { createProblemBook } from "../../prepare/problem-book.ts";
import { tee } from "../../report/tee.ts";
import { createTimings, type TimingRow } from "../../report/timings.ts";
import type { RunResult } from "../../runner/result.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import { prepareInvocation } from "../argv/prepare-invocation.ts";
import type { AskedTasks } from "../argv/task-words.ts";
import { callVerb } from "../call-verb.ts";
import { openExecution } from "../open-execution.ts";
import { openReporter } from "../open-reporter.ts";
import { printWarnings } from "../print-problems.ts";
import { type ReadDeployfile, readDeployfile } from "../read-deployfile.ts";
import { withSshConfig } from "../ssh-config.ts";
import { type CliIo, eyes } from "../terminal/io.ts";

/** Runs tasks: from the command line to the exit code. */
export const runTasks: VerbFunction = async (first, io) => {
  const started = io.now();
  // Before the deployfile takes what is to be held back.
  if (first.options.dryRun) (await import("../../runner/hold-back.ts")).installHoldBack();
  const book = createProblemBook();
  const read = await readDeployfile(first, io, book);
  const { app, invocation } = read;
  const { verb, options } = invocation;
  // A verb that a recipe brings, or one that stands behind options that only recipes know.
  if (verb.name !== "") return await callVerb(invocation, io);
  const { asked, target, plan } = await prepareInvocation(read, io, book);
  if (options.dryRun === "connect") return await look(read, asked, started, io);
  const timings = options.timings ? createTimings({ now: io.now, before: timesBefore(started, io.now()) }) : undefined;
  const reporter = tee([await openReporter(options, io), ...(timings === undefined ? [] : [timings.reporter])]);
  const execution = openExecution(await withSshConfig(options, io, app, target), io, reporter.on);
  try {
    if (options.reporter !== "quiet") printWarnings(app.sealed.warnings(), io.stderr);
    const result = await execution.run({
      plan,
      graph: app.sealed.graph,
      target,
      args: asked.args,
      runId: execution.runId,
    });
    if (options.debug) printStacks(result, io);
    return result.exitCode;
  } finally {
    await reporter.end();
    eyes(io).write(timings?.text() ?? "");
    await execution.close();
  }
};

async function look({ app, invocation: { options } }: ReadDeployfile, asked: AskedTasks, started: number, io: CliIo) {
  const { lookAtHosts } = await import("../look-at-hosts.ts");
  const timings = options.timings ? createTimings({ now: io.now, before: timesBefore(started, io.now()) }) : undefined;
  if (options.reporter !== "quiet") printWarnings(app.sealed.warnings(), io.stderr);
  try {
    return await lookAtHosts({ app, options, asked, beside: timings?.reporter }, io);
  } finally {
    eyes(io).write(timings?.text() ?? "");
  }
}

/** The clock runs since the process does. */
function timesBefore(started: number, prepared: number): readonly TimingRow[] {
  return [
    { what: "start", time: started, note: "node and fake" },
    { what: "load", time: prepared - started, note: "the deployfile and the plan" },
  ];
}

/** Where each failure was thrown. They were redacted with the rest of what happened. */
function printStacks({ failures }: RunResult, io: CliIo): void {
  for (const { host, task, error } of failures) {
    if (error.stack !== undefined) io.stderr.write(`\n${host}, ${task}:\n${neutralise(error.stack)}\n`);
  }
}
