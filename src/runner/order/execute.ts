import { FakeError, TaskError, UsageError } from "../../errors.ts";
import { planFor } from "../../graph/build-plan.ts";
import type { Plan } from "../../graph/plan.ts";
import { questionsOf } from "../../graph/questions.ts";
import type { TaskRef } from "../../graph/task.ts";
import { orAborted } from "../../wait.ts";
import { findMissingArgs } from "../args.ts";
import type { Pass, TaskRun } from "../context/run.ts";
import type { HostRun } from "../machine/host-run.ts";
import { createPass } from "./pass.ts";
import { runPass } from "./run-pass.ts";

/** Tasks that execute each other deeper than this do so without end. */
const DEEPEST = 32;

/**
 * Runs another task with its hooks and, for a flow, its stages: on the host that the context is for, or from a local task on
 * all hosts of the pass with barriers, or on those that are given. Also when it ran before. Its failures count only if the task that executed it fails
 * with them.
 * @throws what failed first in it
 */
export async function executeTask(ref: TaskRef, from: TaskRun, on?: readonly HostRun[]): Promise<void> {
  const executed = await passOfExecuted(ref, from, on);
  await runPass(executed);
  const { failures } = executed.record;
  const [first] = failures;
  if (first !== undefined) {
    from.executed.push([first.error, failures]);
    throw first.error;
  }
  from.limits.start.throwIfAborted();
}

/** The way through what a task executes. @throws TaskError where that has no end */
export async function passOfExecuted(ref: TaskRef, from: TaskRun, on?: readonly HostRun[]): Promise<Pass> {
  const { run, pass, target, limits } = from;
  const chain = [...pass.chain, from.name];
  const { name } = run.graph.get(ref);
  if (chain.length > DEEPEST) throw endless([...chain, name]);
  limits.start.throwIfAborted();
  const among = on ?? (target.local ? pass.hosts : [target]);
  for (const { id } of among) if (!run.hostRuns.has(id)) throw notSelected(name, id);
  const hosts = target.local ? among.filter(({ lost }) => lost === undefined) : among;
  const ids = new Set(hosts.map(({ id }) => id));
  const planned = run.hosts.filter(({ host }) => ids.has(host.id)).map(({ host }) => ({ id: host.id, roles: host.roles }));
  const plan = planFor(run.graph, [name], planned, { flow: from.flow });
  refuseMissingArgs(from, plan);
  await confirmed(from, plan);
  for (const key of plan.prefetch) await Promise.all(hosts.map(({ env }) => env.get(key)));
  const record = pass.record.ofExecuted(plan);
  return createPass(run, {
    plan,
    chain,
    hosts: among,
    limits,
    record,
    inStage: from.stage,
    failure: pass.failure,
    flow: from.flow,
  });
}

function refuseMissingArgs({ run, name }: TaskRun, plan: Plan): void {
  const [problem, ...more] = findMissingArgs(run.graph, plan, run);
  if (problem === undefined) return;
  const text = [problem, ...more].map(({ message }) => message).join(" ");
  throw new TaskError(`"${plan.tasks.join(" ")}", which "${name}" executes: ${text}`, { hint: problem.hint });
}

/** What a function executes nobody knows before it runs: what that wants to have confirmed is asked then. */
async function confirmed({ run, limits, name }: TaskRun, plan: Plan): Promise<void> {
  const questions = run.confirm === undefined || run.dryRun ? [] : questionsOf(run.graph, plan);
  if (questions.length === 0) return;
  try {
    await orAborted(run.confirm?.(questions) ?? Promise.resolve(), limits.start);
  } catch (error) {
    // That nothing was done is no longer so.
    if (!(error instanceof FakeError) || error.exitCode !== 2) throw error;
    const asked = questions.map(({ text }) => JSON.stringify(text)).join(", ");
    throw new TaskError(`"${plan.tasks.join(" ")}", which "${name}" executes, was not confirmed: ${asked}.`, {
      hint: error.hint,
      cause: error,
    });
  }
}

function notSelected(task: string, host: string): UsageError {
  return new UsageError("NOT_SELECTED", `"${task}" cannot be executed on ${host}: the run has not selected that host.`, {
    hint: "Select it with -R or -H: what is done on hosts of `t.fleet.with` is commands and files.",
  });
}

function endless(chain: readonly string[]): TaskError {
  return new TaskError(`Tasks execute each other without end: ${chain.slice(-4).join(" -> ")} ...`, {
    hint: "A task that executes itself needs a condition that ends it.",
  });
}
