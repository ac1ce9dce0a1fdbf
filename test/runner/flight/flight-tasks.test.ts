import { expect, it } from "vitest";
import { createRedactor } from "../../../src/command/redact.ts";
import { trackTasks } from "../../../src/runner/flight/flight.ts";
import type { WrittenTask } from "../../../src/runner/flight/write-flight.ts";
import { toResult } from "../../../src/transport/command-result.ts";
import { command } from "../../transport/framing/shells.ts";

it("ends a task once, whatever is told of its commands after it has failed", async () => {
  const commands = [command("one"), command("two")];
  const ended: string[] = [];
  const task = { name: "a", host: { id: "web1", events: { redactor: createRedactor() } } };
  const progress = trackTasks([{ task, commands, body: {} } as unknown as WrittenTask], {
    onStarted: () => undefined,
    onEnded: ({ name }, error) => ended.push(`${name} ${error?.message ?? "ok"}`),
  });
  const result = (exitStatus: number) =>
    toResult(command("one"), { exitStatus }, { stdout: "", stderr: "", truncated: false }, 0);
  progress.started(0);
  progress.finished(0, result(1));
  progress.finished(1, result(0));
  await progress.fail(new Error("late"));
  await progress.close();
  expect(ended).toEqual(["a one: exit code 1"]);
});
