import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDoor, type Door } from "../support/door.ts";
import { type Relay, startRelay } from "../support/ssh-relay.ts";
import { findSshd, plainKey, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

/** host2 is reached through a relay that can be cut. */
describe.skipIf(!sshd)(`a host that is lost in the middle${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let relay: Relay;
  let door: Door;
  let live: string | undefined;

  beforeAll(async () => {
    story = await startStory(2);
    const host2 = story.fleet.hosts[1];
    door = createDoor(join(story.directory, "door"));
    relay = await startRelay(host2?.port ?? 0);
    const { knownHosts } = story.fleet;
    story.fleet.configure({ host2: [`Port ${relay.port}`] });
    appendFileSync(knownHosts, `[127.0.0.1]:${relay.port} ${host2 === undefined ? "" : plainKey(host2.hostKey)}\n`);
    await story.succeed("-R all deploy");
    live = story.current(0);
  });
  afterAll(async () => {
    door?.release();
    await relay?.stop();
    await story?.end();
  });

  it("is reported as unknown, the others are as before, and what stays locked is said", async () => {
    story.repo.commit({ "index.txt": "v2\n" }, "v2");
    story.deployfile(`
      const nap = task("nap", "Nap", async ({ run, host }) => {
        if (host.name === "host2") await run(${JSON.stringify(`echo asleep; ${door.command}`)});
      });
      after("deploy:create-release", nap);
    `);
    const run = story.start("-R all deploy");
    await run.seen("[host2] asleep");
    relay.cut();
    const outcome = await run.outcome;
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect(said(outcome)).toMatch(/unknown.*: host2/);
    expect(said(outcome)).toContain('"deploy:unlock" did not run on host2');
    expect([story.current(0), story.current(1)]).toEqual([live, live]);
    expect(story.releases(0)).toEqual([live]);
    expect([story.locked(0), story.locked(1)]).toEqual([false, true]);
  });

  it("is found locked by the next run, and is like the others again after that", async () => {
    story.deployfile();
    const refused = await story.fake("-R all deploy");
    expect(refused.exitCode).toBe(3);
    expect(story.locked(0)).toBe(false);
    const unlocked = await story.succeed("unlock -R all -y");
    expect(unlocked.stdout).toContain("host1: not locked");
    expect(unlocked.stdout).toContain("host2: unlocked");
    await story.succeed("-R all deploy");
    expect(story.current(1)).toBe(story.current(0));
    expect(story.read(1, "current/index.txt")).toBe("v2\n");
    expect(story.releases(1)).toEqual([live, story.current(0)]);
  });

  it("is not locked twice by a run that has it under two names", async () => {
    const [host1] = story.fleet.hosts;
    const before = [story.current(0), story.releases(0)];
    const config = `Include ${story.fleet.sshConfig}\nHost twin\n  HostName 127.0.0.1\n  Port ${host1?.port}\n`;
    writeFileSync(`${story.fleet.sshConfig}-twin`, config);
    story.deployfile(`role("both", ["host1", { host: "twin", deployPath: ${JSON.stringify(story.path(0))} }]);`);
    const outcome = await story.fake(["-R", "both", "deploy", "--ssh-config", `${story.fleet.sshConfig}-twin`]);
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect(said(outcome)).toMatch(/is the deploy path of (host1|twin) too: both are one machine/);
    expect(said(outcome)).not.toContain("deploy:unlock failed");
    expect([story.current(0), story.releases(0)]).toEqual(before);
    expect(story.locked(0)).toBe(false);
  });
});
