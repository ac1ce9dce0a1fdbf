/** A deploy in a real terminal, which becomes narrower while it runs. */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { textWidth } from "../../src/columns.ts";
import { createDoor, type Door } from "../support/door.ts";
import { binary } from "../support/fake.ts";
import { findSshd } from "../support/sshd.ts";
import { type Story, startStory } from "../support/story.ts";
import { unless } from "../support/unless.ts";

const usable = findSshd() !== undefined && spawnSync("tmux", ["-V"]).status === 0;
const CTRL_C = "SIGINT: stopping when what is under way is done. Once more ends that now.";

describe.skipIf(!usable)(`a terminal that becomes narrower${unless(usable, "no tmux or no sshd on this machine")}`, () => {
  let story: Story;
  let door: Door;
  const server = `fake-test-${process.pid}`;
  const tmux = (...args: readonly string[]): string =>
    execFileSync("tmux", ["-L", server, "-f", "/dev/null", ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const screen = (): readonly string[] => tmux("capture-pane", "-p", "-t", "run").trimEnd().split("\n");
  const text = (): string => screen().join(" ").replaceAll(/\s+/g, " ");
  const shows = (what: () => unknown) => expect.poll(what, { timeout: 60_000, interval: 100 });

  beforeAll(async () => {
    story = await startStory(3);
    door = createDoor(join(story.directory, "door"));
    story.deployfile(`
      after(steps.finished, task("restart", "Restart it", async (t) => {
        await t.within(t.env.releasePath).vars({ NODE_ENV: "production", LANG: "C.UTF-8" }).run(${JSON.stringify(`: restart; ${door.command}`)});
      }));
    `);
  });
  afterAll(async () => {
    spawnSync("tmux", ["-L", server, "kill-server"]);
    await story?.end();
  });

  it("goes on saying what runs, in which group, and what ctrl-C does", async () => {
    const words = [
      process.execPath,
      binary(inject("installed")),
      "--ssh-config",
      story.fleet.sshConfig,
      "-R",
      "all",
      "deploy",
      "--batch",
      "1",
    ];
    const command = `cd '${story.directory}' && env -u CI NO_COLOR=1 '${words.join("' '")}'; echo "exit code $?"; exec sleep 600`;
    tmux("new-session", "-d", "-x", "120", "-y", "30", "-s", "run", command);
    for (const [columns, rows] of [
      [120, 30],
      [80, 24],
      [40, 24],
    ] as const) {
      tmux("resize-window", "-t", "run", "-x", `${columns}`, "-y", `${rows}`);
      // Lines of the picture of before are broken at the edge by the terminal.
      await shows(() => Math.max(...screen().map(textWidth))).toBeLessThan(columns);
      // The terminal may keep rows of the picture of before, which it has broken into more of them.
      await shows(() => screen().filter((line) => /^deploy · 3 hosts · /.test(line)).length).toBeGreaterThan(0);
      await shows(() => screen().filter((line) => /^. deploy:finished, group 1 of 3 \d/.test(line)).length).toBeGreaterThan(0);
      await shows(() => screen().filter((line) => /^ {6}host1 \S+ .*: restart/.test(line)).length).toBeGreaterThan(0);
    }
    tmux("send-keys", "-t", "run", "C-c");
    await shows(text).toContain(CTRL_C);
    tmux("resize-window", "-t", "run", "-x", "20", "-y", "9");
    await shows(text).toContain(CTRL_C);
    await door.open();
    await shows(text).toContain("exit code 130");
    expect(tmux("display-message", "-p", "-t", "run", "#{cursor_flag}").trim()).toBe("1");
  });
});
