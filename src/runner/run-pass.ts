import { planHooks } from "../graph/build-plan.ts";
import type { Scope } from "../graph/plan.ts";
import { createPass } from "./create-pass.ts";
import { interruption } from "./interruption.ts";
import type { Pass } from "./pass.ts";
import type { OpenScope } from "./progress.ts";
import { repairLinks } from "./repair-links.ts";
import type { Running } from "./running.ts";
import { runSections } from "./sections.ts";
import { CONTROL_MACHINE, type Session } from "./session.ts";
import { type Limits, limitsOfAlwaysHooks, limitsOfFailureHooks } from "./stop.ts";

/** Goes through a plan; after a failure or an interruption through the hooks that are for that. Never throws. */
export async function runPass(running: Running, pass: Pass): Promise<void> {
  await runSections(running, pass, pass.plan.sections);
  await endPass(running, pass, pass.sessions);
}

/**
 * Ends what stands open. For each scope that holds a failure, innermost first: its `onFailure` hooks, then those of its
 * `always` hooks that have not run. A hook that fails is kept as a failure and does not stop the others.
 * @param group with `--batch`, the hosts that failed: on these `onFailure` hooks put things right, and `always` hooks of
 * what was rolled over free it. What was done before the rolling part is put right on the groups behind them too.
 */
export async function endPass(running: Running, pass: Pass, group: readonly Session[]): Promise<void> {
  const isInterrupted = pass.limits.start.aborted;
  const isBroken = pass.progress.hasFailed() || isInterrupted;
  pass.stages.leave(!isBroken);
  if (!isBroken) return;
  // Whoever is there again has hooks to run.
  await repairLinks(pass.sessions, running.stop.at(2));
  const behind = pass.sessions.filter(({ notReached }) => notReached);
  for (const open of pass.progress.openScopes()) {
    const { scope, failed, complete } = open;
    const rolling = isRolling(pass, scope);
    if (failed !== undefined || (isInterrupted && !complete)) {
      for (const hook of scope.onFailure) {
        // A hook that looks after all hosts of a failure is not to take those behind for part of it.
        const among = rolling || isForAll(running, hook) ? group : [...group, ...behind];
        await runHook(running, pass, open, { hook, kind: "onFailure", among });
      }
    }
    const among = rolling ? group : pass.sessions;
    for (const hook of scope.always) await runHook(running, pass, open, { hook, kind: "always", among });
  }
}

/** A scope of the rolling part was entered by one group after another, and left by those before. */
function isRolling({ plan }: Pass, { first }: Scope): boolean {
  return plan.sections.some(({ rolling, steps }) => rolling && steps.some(({ index }) => index === first));
}

/** It runs once, not once on each host. */
function isForAll(running: Running, hook: string): boolean {
  const { once, local } = running.deps.graph.get(hook).options;
  return once !== undefined || local === true;
}

interface HookCall {
  readonly hook: string;
  readonly kind: "onFailure" | "always";
  readonly among: readonly Session[];
}

/** Runs a hook where it has not run yet. */
async function runHook(running: Running, pass: Pass, open: OpenScope, call: HookCall): Promise<void> {
  const { hook, kind } = call;
  const hosts = withoutHook(running, pass, open.scope, call);
  if (hosts === undefined) return;
  pass.progress.hooks.note(kind, open.scope, hook, [CONTROL_MACHINE, ...hosts.map(({ id }) => id)]);
  if (kind === "onFailure") return runHookOn(running, pass, open, { ...call, hosts, limits: limitsOfFailureHooks(running.stop) });
  const limits = limitsOfAlwaysHooks(running.stop);
  await runHookOn(running, pass, open, { ...call, hosts, limits });
  limits.release();
}

/** Hosts on which a hook has not run yet for what the scope belongs to; undefined when it is done. */
function withoutHook(
  running: Running,
  pass: Pass,
  scope: Scope,
  { hook, kind, among }: HookCall,
): readonly Session[] | undefined {
  if (isForAll(running, hook)) return pass.progress.hooks.ran(kind, scope, hook) ? undefined : among;
  const hosts = among.filter(({ id }) => !pass.progress.hooks.ran(kind, scope, hook, id));
  return hosts.length === 0 ? undefined : hosts;
}

interface HookRun extends HookCall {
  readonly hosts: readonly Session[];
  readonly limits: Limits;
}

async function runHookOn(running: Running, pass: Pass, { scope, failed }: OpenScope, run: HookRun): Promise<void> {
  const { hook, kind, hosts, limits } = run;
  const { graph } = running.deps;
  const reachable = new Set(hosts.filter(({ lost }) => lost === undefined).map(({ id }) => id));
  const planned = pass.plan.hosts.filter(({ id }) => reachable.has(id));
  if (kind === "always") tellUnreached(running, pass, hook, hosts);
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

/** What is held on a host that is gone stays held: whoever comes next must know. */
function tellUnreached(running: Running, pass: Pass, hook: string, hosts: readonly Session[]): void {
  for (const { id } of hosts.filter(({ lost }) => lost !== undefined)) {
    const plan = planHooks(
      running.deps.graph,
      [hook],
      pass.plan.hosts.filter((host) => host.id === id),
    );
    if (!plan.sections.some(({ steps }) => steps.some((step) => step.hosts.includes(id)))) continue;
    const text = `"${hook}" did not run on ${id}: the connection is lost. What it would have freed may still be held there.`;
    running.emit({ kind: "message", level: "warn", host: id, task: hook, text });
  }
}
