import { planHooks } from "../graph/build-plan.ts";
import type { Scope } from "../graph/plan.ts";
import { createPass } from "./create-pass.ts";
import { interruption } from "./interruption.ts";
import type { Pass } from "./pass.ts";
import type { OpenScope } from "./progress.ts";
import type { Running } from "./running.ts";
import { runSections } from "./sections.ts";
import type { Session } from "./session.ts";
import { type Limits, limitsOfAlwaysHooks, limitsOfFailureHooks } from "./stop.ts";

/** Goes through a plan; after a failure or an interruption through the hooks that are for that. Never throws. */
export async function runPass(running: Running, pass: Pass): Promise<void> {
  await runSections(running, pass, pass.plan.sections);
  await endPass(running, pass, pass.sessions);
}

/**
 * Ends what stands open. For each scope that holds a failure, innermost first: its `onFailure` hooks, then those of its
 * `always` hooks that have not run. A hook that fails is kept as a failure and does not stop the others.
 * @param group hosts on which `onFailure` hooks put things right: with `--batch`, the group that failed
 */
export async function endPass(running: Running, pass: Pass, group: readonly Session[]): Promise<void> {
  const isInterrupted = pass.limits.start.aborted;
  const isBroken = pass.progress.hasFailed() || isInterrupted;
  pass.stages.leave(!isBroken);
  if (!isBroken) return;
  for (const open of pass.progress.openScopes()) {
    const { scope, failed, complete } = open;
    if (failed !== undefined || (isInterrupted && !complete)) {
      const limits = limitsOfFailureHooks(running.stop);
      for (const hook of scope.onFailure) await runHook(running, pass, open, { hook, kind: "onFailure", hosts: group, limits });
    }
    for (const hook of scope.always) await runAlwaysHook(running, pass, open, hook);
  }
}

async function runAlwaysHook(running: Running, pass: Pass, open: OpenScope, hook: string): Promise<void> {
  const hosts = withoutHook(running, pass, open.scope, hook);
  if (hosts === undefined) return;
  const limits = limitsOfAlwaysHooks(running.stop);
  await runHook(running, pass, open, { hook, kind: "always", hosts, limits });
  limits.release();
}

/** Hosts on which an `always` hook of the scope has not run yet; undefined when it is done. */
function withoutHook(running: Running, pass: Pass, scope: Scope, hook: string): readonly Session[] | undefined {
  const { once, local } = running.deps.graph.get(hook).options;
  if (once !== undefined || local === true) return pass.progress.ran(scope, hook) ? undefined : pass.sessions;
  const hosts = pass.sessions.filter(({ id }) => !pass.progress.ran(scope, hook, id));
  return hosts.length === 0 ? undefined : hosts;
}

interface HookCall {
  readonly hook: string;
  readonly kind: "onFailure" | "always";
  readonly hosts: readonly Session[];
  readonly limits: Limits;
}

async function runHook(
  running: Running,
  pass: Pass,
  { scope, failed }: OpenScope,
  { hook, kind, hosts, limits }: HookCall,
): Promise<void> {
  const { graph } = running.deps;
  const reachable = new Set(hosts.filter(({ lost }) => lost === undefined).map(({ id }) => id));
  const planned = pass.plan.hosts.filter(({ id }) => reachable.has(id));
  const plan = planHooks(graph, [hook], planned, scope.flow, { kind, of: scope.task });
  const inner = createPass(running, {
    plan,
    limits,
    sessions: hosts,
    ledger: pass.ledger,
    inStage: pass.inStage,
    failure: failed?.failure ?? interruption(running, pass)?.failure,
    flow: scope.flow ?? pass.flow,
    chain: pass.chain,
    // A flow called as a hook keeps its barriers: what it publishes, it publishes together.
    eachForItself: graph.get(hook).stages === undefined,
  });
  await runPass(running, inner);
}
