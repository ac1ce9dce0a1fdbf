import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Relay, startRelay } from "../../src/rehearse/relay.ts";
import { createDoor, type Door } from "../support/door.ts";
import type { Outcome } from "../support/fake.ts";
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

  it("is connected to again, and the deploy goes on, where no harm is in running it again", async () => {
    story.repo.commit({ "index.txt": "v2\n" }, "v2");
    story.deployfile(`
      const nap = task("nap", { desc: "Nap", commands: (t) => t.host.name === "host2"
        ? [t.cmd({ ifLost: "repeat" })(${JSON.stringify(`echo x >>naps; echo asleep $(wc -l <naps); ${door.command}; echo awake`)})] : [] });
      after("deploy:create-release", nap);
    `);
    const run = story.start("-R all deploy");
    await run.seen("[host2] asleep 1");
    relay.cut();
    await run.seen("[host2] asleep 2");
    await door.open();
    const outcome = await run.outcome;
    expect(outcome.exitCode, said(outcome)).toBe(0);
    expect(said(outcome)).toContain("awake");
    expect(story.current(1)).toBe(story.current(0));
    expect([story.locked(0), story.locked(1)]).toEqual([false, false]);
    await story.succeed("-R all rollback");
    expect([story.current(0), story.current(1)]).toEqual([live, live]);
    await story.succeed("-R all deploy:cleanup");
  });

  /** A deploy that loses host2 in a function, in which nobody knows what happened. */
  const loseInHook = async (lose: () => void): Promise<Outcome> => {
    story.deployfile(`
      const nap = task("nap", "Nap", async ({ run, host }) => {
        if (host.name === "host2") await run(${JSON.stringify(`echo as''leep; ${door.command}`)});
      });
      after("deploy:create-release", nap);
    `);
    const run = story.start("-R all deploy");
    await run.seen("[host2] asleep");
    lose();
    const outcome = await run.outcome;
    door.release();
    return outcome;
  };

  it("is reported as unknown where nobody can tell, and is as it was before, like the others", async () => {
    const before = [story.releases(0), story.releases(1)];
    const outcome = await loseInHook(() => relay.cut());
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect(said(outcome)).toMatch(/unknown.*: host2/);
    expect([story.current(0), story.current(1)]).toEqual([live, live]);
    expect([story.releases(0), story.releases(1)]).toEqual(before);
    expect([story.locked(0), story.locked(1)]).toEqual([false, false]);
  });

  it("that stays away is said to be locked still, and the next deploy breaks what is dead", async () => {
    const outcome = await loseInHook(() => relay.stop());
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect(said(outcome)).toContain('"deploy:unlock" did not run on host2');
    expect([story.current(0), story.current(1)]).toEqual([live, live]);
    expect([story.locked(0), story.locked(1)]).toEqual([false, true]);
    story.fleet.configure();
    story.deployfile();
    const next = await vi.waitFor(() => story.succeed("-R all deploy"), { timeout: 20_000 });
    expect(said(next)).toContain("Broke the lock of a run that is dead");
    expect(story.current(1)).toBe(story.current(0));
    expect(story.read(1, "current/index.txt")).toBe("v2\n");
    expect(story.releases(1)).toEqual(story.releases(0));
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
