/**
 * Plays every step of every scenario with every fault, and writes docs/reliability.md.
 *
 *   npm run test:crash                           everything: an hour of two cores
 *   npm run test:crash -- --continue             what the last run did not come to, and what violated something in it
 *   npm run test:crash -- --only SIGKILL         cases with this in their name; writes nothing
 *   npm run test:crash -- --every 10 --from 3    every tenth case, from the fourth on
 *   npm run test:crash -- --jobs 8 --list
 */
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { faultsOf } from "../../src/rehearse/faults.ts";
import { toMatrices } from "../../src/rehearse/matrix.ts";
import { keepOutcome, readOutcomes } from "../../src/rehearse/outcomes.ts";
import { type Case, nameOf, type Played, play, toCases } from "../../src/rehearse/play.ts";
import type { Scene } from "../../src/rehearse/scene.ts";
import { findSteps } from "../../src/rehearse/steps.ts";
import { writeDocument } from "./document.ts";
import { openMachine } from "./machine.ts";
import { SCENARIOS } from "./scenarios.ts";
import { openScene } from "./scene.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    jobs: { type: "string", default: "4" },
    from: { type: "string", default: "0" },
    every: { type: "string", default: "1" },
    list: { type: "boolean", default: false },
    said: { type: "boolean", default: false },
    continue: { type: "boolean", default: false },
  },
});
const LOG = ".crash/violations.txt";
const OUTCOMES = ".crash/outcomes.jsonl";

const machine = openMachine(resolve("dist"));
const scenes: Scene[] = [];
// Servers and file systems go with the process.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
try {
  const { faults, left } = faultsOf(machine);
  for (const name of left) process.stdout.write(`not on this machine: ${name}\n`);
  const first = await openScene(machine);
  scenes.push(first);
  const all: Case[] = [];
  for (const scenario of SCENARIOS) all.push(...toCases(scenario, await findSteps(first, scenario), faults));
  const every = Number(values.every);
  const before = values.continue ? readOutcomes(OUTCOMES, all) : [];
  if (!values.continue) rmSync(OUTCOMES, { force: true });
  const done = new Set(before.map((one) => one.case));
  const cases = all
    .filter((one) => !done.has(one))
    .filter((one) => (values.only ?? []).every((word) => nameOf(one).includes(word)))
    .filter((_, index) => index % every === Number(values.from));
  process.stdout.write(`${cases.length} of ${all.length} cases\n`);
  if (values.list) for (const one of cases) process.stdout.write(`${nameOf(one)}\n`);
  else {
    const order = new Map(all.map((one, index) => [one, index]));
    const played = [...before, ...(await playAll(cases))].toSorted(
      (left, right) => (order.get(left.case) ?? 0) - (order.get(right.case) ?? 0),
    );
    const text = writeDocument({ cases: all.length, matrices: toMatrices(played), left });
    // A part says nothing about the rest.
    writeFileSync(played.length === all.length ? "docs/reliability.md" : ".crash/reliability.md", text);
    process.exitCode = played.some(({ violations }) => violations.length > 0) ? 1 : 0;
  }
} finally {
  await Promise.all(scenes.map((scene) => scene.end()));
  machine.end();
}

async function playAll(cases: readonly Case[]): Promise<readonly Played[]> {
  rmSync(LOG, { force: true });
  const queue = cases.entries();
  const played: Played[] = [];
  const since = performance.now();
  const lane = async (number: number): Promise<void> => {
    for (const [index, one] of queue) {
      const scene = scenes[number] ?? (await openScene(machine));
      scenes[number] = scene;
      const result = await play(scene, one);
      played[index] = result;
      keepOutcome(OUTCOMES, result);
      report(index, cases.length, result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(Number(values.jobs), cases.length) }, (_, number) => lane(number)));
  const violated = played.filter(({ violations }) => violations.length > 0).length;
  const seconds = Math.round((performance.now() - since) / 1000);
  process.stdout.write(`${played.length} runs, ${violated} with violations, ${seconds} s\n`);
  return played;
}

function report(index: number, total: number, result: Played): void {
  const { violations, standings, exitCode } = result;
  const lines = violations.map(({ invariant, text }) => `    !! ${invariant} ${text}\n`).join("");
  process.stdout.write(`${index + 1}/${total} ${nameOf(result.case)}: ${exitCode} ${standings.join(" ")}\n${lines}`);
  if (values.said) process.stdout.write(result.said.replaceAll(/^/gm, "    | "));
  if (violations.length > 0)
    appendFileSync(
      LOG,
      `${nameOf(result.case)}: ${exitCode} ${standings.join(" ")}\n${lines}${result.said.replaceAll(/^/gm, "    | ")}\n`,
    );
}
