import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isAlive } from "../support/alive.ts";
import { createDoor, type Door } from "../support/door.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;
const hosts = [0, 1];

describe.skipIf(!sshd)(`ctrl-C in the middle of a deploy${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let door: Door;
  let live: string | undefined;
  /** A hook that runs the command on host1, after writing down its process id and saying that it is there. */
  const nap = (where: string, command: string): string => `
    const nap = task("nap", "Nap", async ({ run, host }) => {
      const text = "echo $$ >$HOME/pid; echo asleep on " + host.name + "; " + (host.name === "host1" ? ${JSON.stringify(command)} : "true");
      await run(["sh", "-c", text]);
    });
    ${where}
    always("deploy", task("tidy", "Tidy", async ({ log }) => { log.info("tidied up"); }));
  `;
  const pid = (host: number): number => Number(story.read(host, "..", "pid"));
  const expectBefore = (): void => {
    expectLive();
    expect(hosts.map((host) => story.releases(host))).toEqual([[live], [live]]);
  };
  const expectLive = (): void => {
    expect(hosts.map((host) => story.current(host))).toEqual([live, live]);
    expect(hosts.map((host) => story.locked(host))).toEqual([false, false]);
  };

  beforeAll(async () => {
    story = await startStory(2);
    door = createDoor(join(story.directory, "door"));
    await story.succeed("-R all deploy");
    live = story.current(0);
  });
  beforeEach(() => door.release());
  afterAll(() => story?.end());

  it("once lets the command at hand end, starts nothing more, and takes back what was built", async () => {
    story.deployfile(nap('after("deploy:create-release", nap);', `${door.command}; echo awake`));
    const run = story.start("-R all deploy");
    await run.seen("[host1] asleep");
    run.child.kill("SIGINT");
    await run.seen("stopping when what is under way is done");
    await door.open();
    const outcome = await run.outcome;
    expect(outcome.exitCode, said(outcome)).toBe(130);
    expect(said(outcome)).toContain("[host1] awake");
    expect(said(outcome)).toContain("tidied up");
    expect(said(outcome)).not.toContain("deploy:symlink:release ok");
    expectBefore();
  });

  it("twice kills it where it runs", async () => {
    story.deployfile(nap('after("deploy:create-release", nap);', "exec sleep 600"));
    const run = story.start("-R all deploy");
    await run.seen("[host1] asleep");
    expect(isAlive(pid(0))).toBe(true);
    run.child.kill("SIGINT");
    await run.seen("stopping when what is under way is done");
    run.child.kill("SIGINT");
    const outcome = await run.outcome;
    expect(outcome.exitCode, said(outcome)).toBe(130);
    expect(isAlive(pid(0))).toBe(false);
    expect(said(outcome)).toContain("tidied up");
    expectLive();
  });

  it("SIGTERM from a CI system is the same, with its own exit code", async () => {
    const run = story.start("-R all deploy");
    await run.seen("[host1] asleep");
    run.child.kill("SIGTERM");
    await run.seen("stopping when what is under way is done");
    run.child.kill("SIGTERM");
    const outcome = await run.outcome;
    expect(outcome.exitCode, said(outcome)).toBe(143);
    expect(isAlive(pid(0))).toBe(false);
    expectLive();
  });

  it("leaves nothing that the next deploy does not clear away", async () => {
    const left = story.releases(0).filter((id) => id !== live);
    expect(left).not.toEqual([]);
    story.deployfile();
    await story.succeed("-R all deploy");
    expect(hosts.map((host) => story.releases(host).filter((id) => left.includes(id)))).toEqual([[], []]);
    await story.succeed("-R all rollback");
    expectLive();
  });

  it("before anything has begun leaves everything as it was", async () => {
    const before = hosts.map((host) => story.tree(host));
    story.deployfile(nap("before(steps.starting, nap);", "exec sleep 600"));
    const run = story.start("-R all deploy");
    await run.seen("[host1] asleep");
    run.child.kill("SIGINT");
    await run.seen("stopping when what is under way is done");
    run.child.kill("SIGINT");
    expect((await run.outcome).exitCode).toBe(130);
    expect(hosts.map((host) => story.tree(host))).toEqual(before);
  });

  it("after publishing leaves the release live, says so, and frees the lock", async () => {
    story.repo.commit({ "index.txt": "v2\n" }, "v2");
    story.deployfile(nap("after(steps.finished, nap);", "exec sleep 600"));
    const run = story.start("-R all deploy");
    await run.seen("[host1] asleep");
    run.child.kill("SIGINT");
    await run.seen("stopping when what is under way is done");
    run.child.kill("SIGINT");
    const outcome = await run.outcome;
    expect(outcome.exitCode, said(outcome)).toBe(130);
    expect(said(outcome)).toContain(`live: ${story.current(0)}`);
    expect(hosts.map((host) => story.read(host, "current/index.txt"))).toEqual(["v2\n", "v2\n"]);
    expect(hosts.map((host) => story.locked(host))).toEqual([false, false]);
    story.deployfile();
    await story.succeed("-R all deploy");
    await story.succeed("-R all rollback");
  });
});
