import { planHooks } from "../../graph/build-plan.ts";
import { orAborted } from "../../wait.ts";
import type { Pass, Run } from "../context/run.ts";
import { type HostRun, repair } from "../machine/host-run.ts";
import { CONTROL_MACHINE } from "../machine/login.ts";
import type { CalledKind, OpenScope } from "../record/record.ts";
import { type Limits, limitsOfHooks } from "../stop.ts";
import { createPass } from "./pass.ts";
import { interruption } from "./results.ts";
import { runSections } from "./sections.ts";
import { leaveStage } from "./task-events.ts";

/** Goes through a plan; after a failure or an interruption through the hooks that are for that. Never throws. */
export async function runPass(pass: Pass): Promise<void> {
  await runSections(pass, pass.plan.sections);
  await endPass(pass, pass.hosts);
}

/**
 * Ends what stands open. For each scope that holds a failure, innermost first: its `onFailure` hooks, then those of its
 * `always` hooks that have not run. A hook that fails is kept as a failure and does not stop the others.
 * @param group with `--batch`, the hosts that failed: on these `onFailure` hooks put things right, and `always` hooks of
 * what was rolled over free it. What was done before the rolling part is put right on the groups behind them too. Undefined where it was
 * stopped between two groups: those before stay as they are, and what rolls has nothing to put right.
 */
export async function endPass(pass: Pass, group: readonly HostRun[] | undefined): Promise<void> {
  const { run, record } = pass;
  const isInterrupted = pass.limits.start.aborted;
  const isBroken = record.hasFailed() || isInterrupted;
  leaveStage(pass, !isBroken);
  if (!isBroken) return;
  // Whoever is there again has hooks to run.
  await repair(pass.hosts, run.stop.at(2));
  const behind = pass.hosts.filter(({ notReached }) => notReached);
  for (const open of record.openScopes()) {
    const { scope, rolling, failed, complete } = open;
    if (failed !== undefined || (isInterrupted && !complete)) {
      for (const hook of scope.onFailure) {
        if (rolling && group === undefined) continue;
        // A hook that looks after all hosts of a failure is not to take those behind for part of it.
        const among = rolling || isForAll(run, hook) ? (group ?? behind) : [...(group ?? []), ...behind];
        await runHook(pass, { open, hook, kind: "onFailure", among });
      }
    }
    const among = rolling ? (group ?? []) : pass.hosts;
    for (const hook of scope.always) await runHook(pass, { open, hook, kind: "always", among });
  }
}

/**
 * Ends a run that came to its end before its first task: no host could be reached, a setting could not be had, somebody stopped it.
 * What was asked for has failed with it. Hooks of this machine hear of that, each once; on hosts nothing was begun, and there is
 * nothing to put right.
 */
export async function endUnbegun(pass: Pass): Promise<void> {
  const { run, record, hosts: among } = pass;
  const [failed] = record.failures;
  const heard = new Set<string>();
  for (const scope of record.askedFor()) {
    const open: OpenScope = { scope, rolling: false, failed, complete: false };
    for (const kind of ["onFailure", "always"] as const) {
      for (const hook of scope[kind]) {
        if (run.graph.get(hook).options.local !== true || heard.has(`${kind} ${hook}`)) continue;
        heard.add(`${kind} ${hook}`);
        await runHook(pass, { open, hook, kind, among });
      }
    }
  }
}

/** It runs once, not once on each host. */
function isForAll(run: Run, hook: string): boolean {
  const { once, local } = run.graph.get(hook).options;
  return once !== undefined || local === true;
}

interface HookCall {
  readonly open: OpenScope;
  readonly hook: string;
  readonly kind: CalledKind;
  readonly among: readonly HostRun[];
}

/** Runs a hook where it has not run yet for what the scope belongs to. */
async function runHook(pass: Pass, { open, hook, kind, among }: HookCall): Promise<void> {
  const { run, record } = pass;
  const isForOne = !isForAll(run, hook);
  const hosts = isForOne ? among.filter(({ id }) => !record.hookRan(kind, open.scope, hook, id)) : among;
  if (isForOne ? hosts.length === 0 : record.hookRan(kind, open.scope, hook)) return;
  record.hookCalled(kind, open.scope, hook, [CONTROL_MACHINE, ...hosts.map(({ id }) => id)]);
  const limits = limitsOfHooks(run.stop, kind);
  await runHookOn(pass, { open, hook, kind, among: hosts }, limits);
  limits.release();
}

async function runHookOn(pass: Pass, { open, hook, kind, among: hosts }: HookCall, limits: Limits): Promise<void> {
  const { scope, failed } = open;
  const { run, record, inStage, chain } = pass;
  // Where what the run held is gone, nothing is put right: that is for whoever took it. What ends with the run still ends.
  const isThere = ({ lost, gone }: HostRun): boolean => lost === undefined && (kind === "always" || gone === undefined);
  const reachable = new Set(hosts.filter(isThere).map(({ id }) => id));
  const planned = pass.plan.hosts.filter(({ id }) => reachable.has(id));
  if (kind === "always") tellUnreached(pass, hook, hosts, scope.flow ?? pass.flow);
  const plan = planHooks(run.graph, kind, [hook], planned, scope.flow ?? pass.flow);
  // As before a run; what cannot be had fails whoever reads it.
  const there = hosts.filter(({ id }) => reachable.has(id));
  await Promise.allSettled(plan.prefetch.flatMap((key) => there.map(({ env }) => orAborted(env.get(key), limits.start))));
  await runPass(
    createPass(run, {
      plan,
      limits,
      hosts,
      record: record.ofHooks(plan),
      inStage,
      failure: failed?.failure ?? interruption(run, pass.plan, pass.flow)?.failure,
      flow: scope.flow ?? pass.flow,
      chain,
      // A flow called as a hook keeps its barriers: all hosts publish together.
      eachForItself: run.graph.get(hook).stages === undefined,
    }),
  );
}

/** What is held on a host that is gone stays held: whoever comes next must know. */
function tellUnreached({ run, plan }: Pass, hook: string, hosts: readonly HostRun[], flow: string | undefined): void {
  for (const { id } of hosts.filter(({ lost }) => lost !== undefined)) {
    const there = plan.hosts.filter((host) => host.id === id);
    const hooks = planHooks(run.graph, "always", [hook], there, flow);
    if (!hooks.sections.some(({ steps }) => steps.some((step) => step.hosts.includes(id)))) continue;
    const text = `"${hook}" did not run on ${id}: the connection is lost. What it would have freed may still be held there.`;
    run.emit({ kind: "message", level: "warn", host: id, task: hook, text });
  }
}
