import { expect } from "vitest";
import type { TaskContext } from "../../../src/index.ts";
import { failures, rig } from "../rig.ts";

export type Body = (t: TaskContext) => unknown;

/** What a dry run says of a function: commands, and what else is told. */
export async function shown(body: Body, more: Record<string, Body> = {}): Promise<string[]> {
  const { run, events, memory, control } = rig(
    ({ task }) => {
      task("body", "Do something", body as never);
      for (const [name, other] of Object.entries(more)) task(name, name, other as never);
    },
    { options: { dryRun: true }, hosts: "web1" },
  );
  const result = await run("body");
  expect(failures(result)).toEqual([]);
  expect([memory.connects, control.connects]).toEqual([[], []]);
  return events.flatMap((event) => {
    if (event.kind === "commandStarted") return `${event.host} $ ${event.title ?? event.command}`;
    if (event.kind === "taskStarted" && event.task !== "body") return `> ${event.task}`;
    return event.kind === "message" ? event.text : [];
  });
}
