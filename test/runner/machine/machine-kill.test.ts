import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createLocalTransport } from "../../../src/transport/local/transport.ts";
import { rig } from "../rig.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fake-kill-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The process has ended, or waits to be reaped. */
async function ended(pid: number): Promise<void> {
  for (;;) {
    const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
    if (status === undefined || / Z /.test(status)) return;
    await new Promise(setImmediate);
  }
}

const script = "sleep 300 & echo $!; sleep 300";

it.each([
  ["the second interrupt", {}, 130],
  ["a task's timeout", { timeout: "300ms" }, 1],
])("%s ends everything that a command started", async (name, options, exitCode) => {
  const transport = createLocalTransport({ cwd: folder, grace: 200 });
  let pid = 0;
  const made = rig(
    ({ task, always }) => {
      task("work", options, (t) => t.run(script));
      task("free", (t) => t.run`touch freed`);
      always("work", "free");
    },
    {
      hosts: "web1",
      transport,
      // What it prints is how one knows that the command runs.
      onEvent(event) {
        if (event.kind !== "commandOutput") return;
        pid = Number(event.text);
        if (name.includes("interrupt")) setImmediate(() => [made.interrupt(), made.interrupt()]);
      },
    },
  );
  const result = await made.run("work");
  expect(result.exitCode).toBe(exitCode);
  expect(pid).toBeGreaterThan(0);
  await ended(pid);
  expect(await readFile(join(folder, "freed"), "utf8")).toBe("");
});
