import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { FAULTS, faultsOf } from "../../src/rehearse/faults.ts";
import { nameOf, type Played, play, toCases } from "../../src/rehearse/play.ts";
import { isSlow, pickSample } from "../../src/rehearse/sample.ts";
import type { Scene } from "../../src/rehearse/scene.ts";
import { findSteps, type TakenStep } from "../../src/rehearse/steps.ts";
import { type Machine, openMachine } from "../crash/machine.ts";
import { SCENARIOS } from "../crash/scenarios.ts";
import { openScene } from "../crash/scene.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";

const sshd = findSshd() !== undefined;
const [deploy] = SCENARIOS;

/** Each is a run with a fault, a deploy and a rollback. */
const SIZE = 4;
const SEED = 1;

/** A sample of `npm run test:crash`. */
describe.skipIf(!sshd)(`a deploy that is crashed${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let machine: Machine;
  let scene: Scene;
  let steps: readonly TakenStep[] = [];

  beforeAll(async () => {
    machine = openMachine(join(inject("installed"), "node_modules/fake-deploy/dist"));
    scene = await openScene(machine);
    if (deploy !== undefined) steps = await findSteps(scene, deploy);
  });
  afterAll(async () => {
    await scene?.end();
    machine?.end();
  });

  it("takes the same steps on both hosts", () => {
    const of = (host: string): readonly string[] => steps.filter((step) => step.host === host).map(({ label }) => label);
    expect(of("host1").length).toBeGreaterThan(10);
    expect(of("host2")).toEqual(of("host1"));
  });

  it("at steps all over the run holds what is promised", async () => {
    if (deploy === undefined) return;
    const { faults, left } = faultsOf(machine);
    expect(faults.length + left.length).toBe(FAULTS.length);
    const played: Played[] = [];
    const quick = toCases(deploy, steps, faults).filter((one) => !isSlow(one));
    for (const one of pickSample(quick, SIZE, SEED)) played.push(await play(scene, one));
    expect(played).toHaveLength(SIZE);
    const violated = played.flatMap(({ case: one, violations, said }) =>
      violations.map(({ invariant, text }) => `${nameOf(one)}: ${invariant} ${text}\n${said}`),
    );
    expect(violated).toEqual([]);
    // Faults that do nothing would be of no use.
    expect(played.filter(({ exitCode }) => exitCode !== 0).length).toBeGreaterThan(played.length / 2);
  }, 300_000);
});
