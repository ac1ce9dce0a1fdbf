/** One case: a run, a step, a fault; and what came of it. */
import { existsSync, readFileSync } from "node:fs";
import { readDeployPath } from "./deploy-path.ts";
import { graceOf, type StepFault } from "./faults.ts";
import { createMark, waitUntilHeld } from "./held.ts";
import { endAll } from "./host-processes.ts";
import { checkInvariants, type Standing, type Violation } from "./invariants.ts";
import type { Place } from "./mark.ts";
import { type EndedClient, runClient } from "./run-client.ts";
import type { HostBefore, Scenario, Scene, SceneHost } from "./scene.ts";
import type { TakenStep } from "./steps.ts";

export interface Case {
  readonly scenario: Scenario;
  readonly step: TakenStep;
  readonly fault: StepFault;
  readonly at: Place;
}

export interface Played {
  readonly case: Case;
  /** The run came to the step: else nothing happened to it. */
  readonly held: boolean;
  readonly exitCode: number | null;
  readonly standings: readonly Standing[];
  readonly violations: readonly Violation[];
  /** Everything the run said. */
  readonly said: string;
}

/** Every step with every fault that can happen there. */
export function toCases(scenario: Scenario, steps: readonly TakenStep[], faults: readonly StepFault[]): readonly Case[] {
  return steps.flatMap((step) =>
    faults.flatMap((fault) =>
      fault.at.flatMap((at): Case[] => (at === "border" && !step.isFirst ? [] : [{ scenario, step, fault, at }])),
    ),
  );
}

/** `deploy: client SIGKILL before "take the lock" #1 on host1`. */
export function nameOf({ scenario, step, fault, at }: Case): string {
  const where = at === "border" ? "before sending" : at;
  return `${scenario.name}: ${fault.name}, ${where} "${step.label.split("\n")[0]}" #${step.turn} of ${step.task} on ${step.host}`;
}

/** `migrate#1`: the task, and which of its commands on the host. */
export function stepName({ task, number }: TakenStep): string {
  return `${task}#${number}`;
}

/** A host as it is now: before a run. */
export function toBefore({ name, deployPath, variable, remote }: SceneHost): HostBefore {
  return { name, deployPath, variable, remote, before: readDeployPath(deployPath) };
}

export async function play(scene: Scene, one: Case): Promise<Played> {
  const { scenario, step, fault, at } = one;
  await scene.reset(scenario.start);
  const hosts = scene.hosts.map(toBefore);
  const target = scene.hosts.find(({ name }) => name === step.host);
  if (target === undefined) throw new Error(`There is no host ${step.host}.`);
  const mark = await createMark(scene, target, { step, at, deaf: fault.deaf, timeout: fault.timeout });
  const client = scene.start(scenario.words, { mark, silent: fault.silent === true });
  const ended = runClient(client, scene.deadline);
  const held = await waitUntilHeld(client, mark, target);
  if (held !== undefined) await fault.happen(held);
  const outcome = await ended;
  const log = existsSync(scene.logFile) ? [readFileSync(scene.logFile, "utf8")] : [];
  for (const { relay } of scene.hosts) relay.thaw();
  fault.repair?.(target);
  const report = await checkInvariants({
    hosts,
    run: { outcome, logs: log, interrupted: held === undefined ? undefined : fault.interrupted },
    isTarget: (host, id) => isTarget(scene, scenario, host, id),
    publishes: scenario.brings !== "same",
    isNewest: (host, id) => scene.isNewest(host, id),
    findFault: (host, id) => scene.findFault(host, id),
    secrets: scene.secrets,
    check:
      scene.check &&
      ((host, after) => scene.check?.(host, { after, fault: fault.name, step: stepName(step) }) ?? Promise.resolve()),
    grace: graceOf(fault),
    look: async () => scene.look?.(),
    again: (what) => runClient(scene.start(scene.next[what]), 2 * scene.deadline),
  });
  for (const host of scene.hosts) {
    host.relay.cut();
    await endAll(host);
  }
  const { standings } = report;
  // On a very busy machine, the time of a command may be up before it has said where it is.
  const wasHeld = held !== undefined || fault.timeout !== undefined;
  const violations = [...missed(wasHeld, outcome, scene.deadline), ...report.violations];
  return { case: one, held: wasHeld, exitCode: outcome.exitCode, standings, violations, said: outcome.stdout + outcome.stderr };
}

function isTarget(scene: Scene, { brings }: Scenario, host: HostBefore, id: string): boolean {
  if (brings === "new") return scene.isNewest(host, id);
  if (brings === "before") return id === host.before.releases.at(-2);
  return host.before.current.kind === "release" && id === host.before.current.id;
}

function missed(wasHeld: boolean, { late }: EndedClient, deadline: number): readonly Violation[] {
  return [
    ...(wasHeld ? [] : [{ invariant: "ended", text: "the run ended before it came to the step" } as const]),
    ...(late ? [{ invariant: "ended", text: `the run hangs: it had not ended after ${deadline / 1000} s` } as const] : []),
  ];
}
