import { readdirSync, readFileSync } from "node:fs";
import type { RunEvent, RunEventKind } from "../../src/runner/events.ts";

const directory = new URL("../fixtures/events/", import.meta.url);

/** Names of the recorded event streams. */
export const streamNames: readonly string[] = readdirSync(directory)
  .filter((name) => name.endsWith(".jsonl"))
  .map((name) => name.replace(".jsonl", ""))
  .sort();

export function readStream(name: string): readonly RunEvent[] {
  const text = readFileSync(new URL(`${name}.jsonl`, directory), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RunEvent);
}

/** Every kind of event; a new one does not compile until it is listed here. */
export const eventKinds = Object.keys({
  runStarted: 1,
  hostConnecting: 1,
  hostConnected: 1,
  hostLost: 1,
  settingsResolved: 1,
  stageStarted: 1,
  stageFinished: 1,
  taskStarted: 1,
  taskFinished: 1,
  commandStarted: 1,
  commandOutput: 1,
  transferProgress: 1,
  commandFinished: 1,
  flightFinished: 1,
  message: 1,
  changed: 1,
  prompt: 1,
  interrupted: 1,
  runFinished: 1,
} satisfies Record<RunEventKind, 1>) as readonly RunEventKind[];
