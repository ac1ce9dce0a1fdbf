import { expect, it } from "vitest";
import type { BuiltTask } from "../../src/runner/command-body.ts";
import { createManifest } from "../../src/runner/manifest.ts";
import { toResult } from "../../src/transport/command-result.ts";
import { command } from "../transport/framing/shells.ts";

it("ends a task once, whatever is told of its commands after it has failed", async () => {
  const commands = [command("one"), command("two")];
  const ended: string[] = [];
  const manifest = createManifest([{ commands, body: {} } as unknown as BuiltTask], {
    onStarted: () => undefined,
    onEnded: (task, error) => ended.push(`${task} ${error?.message ?? "ok"}`),
    receive: async () => undefined,
  });
  const result = toResult(command("one"), { exitStatus: 0 }, { stdout: "", stderr: "", truncated: false }, 0);
  manifest.started(0);
  manifest.finished(0, result, new Error("failed"));
  manifest.finished(1, result, undefined);
  manifest.fail(new Error("late"));
  manifest.close();
  await manifest.settled;
  expect(ended).toEqual(["0 failed"]);
});
