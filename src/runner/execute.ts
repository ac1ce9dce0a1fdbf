import { TaskError } from "../errors.ts";
import { planFor } from "../graph/build-plan.ts";
import type { TaskRef } from "../graph/task.ts";
import { createPass } from "./create-pass.ts";
import { createLedger } from "./ledger.ts";
import { runPass } from "./run-pass.ts";
import type { Running, TaskRun } from "./running.ts";

/** Tasks that execute each other deeper than this do so without end. */
const DEEPEST = 32;

/**
 * Runs another task with its hooks and, for a flow, its stages: on the task's own host, or from a local task on all hosts
 * of the pass with barriers. Also when it ran before. Its failures count only if the task that executed it fails with them.
 * @throws what failed first in it
 */
export async function executeTask(running: Running, ref: TaskRef, from: TaskRun): Promise<void> {
  const { pass, item, session } = from;
  const chain = [...pass.chain, item.step.task.name];
  const { name } = running.deps.graph.get(ref);
  if (chain.length > DEEPEST) throw endless([...chain, name]);
  from.signal.throwIfAborted();
  const sessions = session.local ? pass.sessions.filter(({ lost }) => lost === undefined) : [session];
  const ids = new Set(sessions.map(({ id }) => id));
  const planned = running.deps.hosts
    .filter(({ host }) => ids.has(host.id))
    .map(({ host }) => ({ id: host.id, roles: host.roles }));
  const plan = planFor(running.deps.graph, [name], planned);
  for (const key of plan.prefetch) await Promise.all(sessions.map(({ env }) => env.get(key)));
  const inner = createPass(running, {
    plan,
    chain,
    sessions: session.local ? pass.sessions : sessions,
    limits: { start: from.signal, kill: from.kill },
    ledger: createLedger(pass.ledger),
    inStage: item.stage,
    failure: pass.failure,
    flow: item.flow,
  });
  await runPass(running, inner);
  const [first] = inner.ledger.own;
  if (first !== undefined) {
    running.origins.set(item, { error: first.error, failed: inner.ledger.own });
    throw first.error;
  }
  from.signal.throwIfAborted();
}

function endless(chain: readonly string[]): TaskError {
  return new TaskError(`Tasks execute each other without end: ${chain.slice(-4).join(" -> ")} ...`, {
    hint: "A task that executes itself needs a condition that ends it.",
  });
}
