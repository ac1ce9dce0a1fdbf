import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { isAlive } from "../support/alive.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

describe.skipIf(!sshd)(`a client that is killed${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;

  beforeAll(async () => {
    story = await startStory(1);
    story.deployfile(`
      task("on-the-host", "Sleep there", async ({ run }) => { await run(["sh", "-c", process.env.TEXT]); });
      task("over-there", "Sleep there, with input", async ({ run }) => { await run({ stdin: "x" })\`sh -c \${process.env.TEXT}\`; });
      task("here", { desc: "Sleep here", local: true }, async ({ run }) => { await run(["sh", "-c", process.env.TEXT]); });
    `);
  });
  afterAll(() => story?.end());

  it.each(["on-the-host", "over-there", "here"])("leaves nothing running: %s", async (task) => {
    const file = join(story.directory, `${task}.pid`);
    const text = `echo $$ >${file}.new; mv ${file}.new ${file}; echo as''leep; exec sleep 1000`;
    const run = story.start(`-R all ${task}`, { env: { TEXT: text } });
    await run.seen("asleep");
    const pid = Number(readFileSync(file, "utf8"));
    try {
      expect(isAlive(pid)).toBe(true);
      run.child.kill("SIGKILL");
      await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 15_000 });
    } finally {
      if (isAlive(pid)) process.kill(pid, "SIGKILL");
    }
  });
});
