/** Which steps a run takes: found by a run without any fault. */
import { existsSync, readFileSync } from "node:fs";
import { FakeError } from "../errors.ts";
import type { RunEvent } from "../runner/events.ts";
import type { SentFlight, SentStep } from "./mark.ts";
import { runClient } from "./run-client.ts";
import type { Scenario, Scene } from "./scene.ts";

export interface TakenStep extends SentStep {
  readonly stage: string;
  readonly task: string;
  /** Which of the task's commands on the host, from 1 on. */
  readonly number: number;
  /** A flight begins with it: before it the client decides what to send. */
  readonly isFirst: boolean;
}

/** The steps of a scenario, host by host, in order. @throws when the run fails */
export async function findSteps(scene: Scene, scenario: Scenario): Promise<readonly TakenStep[]> {
  await scene.reset(scenario.start);
  const outcome = await runClient(scene.start(["--reporter", "json", ...scenario.words]), scene.deadline);
  await scene.look?.();
  if (outcome.exitCode !== 0)
    throw new FakeError(
      "CLEAN_RUN_FAILED",
      `Without any fault, ${scenario.words.join(" ")} fails:\n${outcome.stdout}${outcome.stderr}`,
    );
  const events = outcome.stdout.split("\n").flatMap((line): RunEvent[] => (line === "" ? [] : [JSON.parse(line)]));
  const flights = readFlights(scene.flightsFile);
  return scene.hosts.flatMap(({ name }) => {
    const steps = flights.filter(([first]) => first?.host === name).flatMap((flight) => flight.map((step, at) => ({ step, at })));
    const commands = events.flatMap((event) => (event.kind === "commandStarted" && event.host === name ? [event] : []));
    if (steps.length !== commands.length)
      throw new FakeError("CLEAN_RUN_FAILED", `${steps.length} commands were sent to ${name}, and ${commands.length} told.`);
    const numbers = new Map<string, number>();
    return steps.map(({ step, at }, index): TakenStep => {
      const task = commands[index]?.task ?? "";
      const number = (numbers.get(task) ?? 0) + 1;
      numbers.set(task, number);
      return { ...step, task, number, stage: stageOf(events, name, task), isFirst: at === 0 };
    });
  });
}

function readFlights(file: string): readonly SentFlight[] {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return text.split("\n").flatMap((line): SentFlight[] => (line === "" ? [] : [JSON.parse(line)]));
}

function stageOf(events: readonly RunEvent[], host: string, task: string): string {
  const started = events.find((event) => event.kind === "taskStarted" && event.host === host && event.task === task);
  return started?.kind === "taskStarted" ? started.stage : "";
}
