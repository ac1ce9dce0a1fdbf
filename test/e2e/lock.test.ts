import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDoor, type Door } from "../support/door.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;
const hosts = [0, 1];

describe.skipIf(!sshd)(`two runs at once${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let door: Door;
  let secondDoor: Door;
  const trees = (): readonly (readonly string[])[] => hosts.map((host) => story.tree(host));
  const owner = new RegExp(
    `is locked by ${userInfo().username}@${hostname()} since [-0-9]+ [0-9:]+ UTC \\(\\d+ \\w+ ago\\), for fake deploy \\(the nine o'clock one\\)`,
  );

  const broken = new RegExp(
    `The lock of this run was broken by ${userInfo().username}@${hostname()} at [-0-9]+ [0-9:]+ UTC, with fake unlock`,
  );

  beforeAll(async () => {
    story = await startStory(2);
    door = createDoor(join(story.directory, "door"));
    secondDoor = createDoor(join(story.directory, "second-door"));
    await story.succeed("-R all deploy");
    story.deployfile(
      `const wait = task("wait", { desc: "Wait", local: true }, async ({ log, run, env }) => {
        if (["", "slow"].includes(env.lockReason)) return;
        log.info("at the door");
        await run(env.lockReason === "second" ? ${JSON.stringify(secondDoor.command)} : ${JSON.stringify(door.command)});
      });
      before("deploy:symlink:release", wait);
      const slow = task("slow", { desc: "Two commands", roles: ["all"] }, async ({ log, run, host, env }) => {
        if (env.lockReason !== "slow") return;
        log.info("under way");
        await run(\`echo first >\${env.deployPath}/first; \` + (host.id === "host1" ? ${JSON.stringify(door.command)} : ${JSON.stringify(secondDoor.command)}));
        await run(\`echo second >\${env.deployPath}/second\`);
      });
      before("deploy:symlink:release", slow);
      const mend = task("mend", async ({ run, env }) => {
        if (env.lockReason === "slow") await run(\`echo mended >\${env.deployPath}/mended\`);
      });
      onFailure("deploy", mend);`,
    );
  });
  afterAll(async () => {
    for (const each of [door, secondDoor]) each?.release();
    await story?.end();
  });

  const patient = (): readonly string[] => ["-R", "all", "deploy", "-s", "lockReason=the nine o'clock one"];

  it("are one run, and others that change nothing and say whose turn it is", async () => {
    story.repo.commit({ "index.txt": "v2\n" }, "v2");
    const first = story.start(patient());
    await first.seen("at the door");
    const before = trees();
    for (const words of ["-R all deploy", "-R all rollback", "-R all deploy:cleanup", "-H host2 deploy"]) {
      const outcome = await story.fake(words);
      expect(outcome.exitCode, said(outcome)).toBe(3);
      expect(said(outcome)).toMatch(owner);
      expect(said(outcome)).toContain("fake unlock");
      expect(trees()).toEqual(before);
    }
    // Looking needs no lock.
    await story.succeed("releases -R all");
    await door.open();
    expect((await first.outcome).exitCode).toBe(0);
    expect(hosts.map((host) => story.read(host, "current/index.txt"))).toEqual(["v2\n", "v2\n"]);
  });

  it("that begin at the same moment have one winner", async () => {
    const runs = Array.from({ length: 6 }, () => story.start(patient()));
    const loser = await Promise.race(runs.map(({ outcome }) => outcome));
    expect(loser.exitCode, said(loser)).toBe(3);
    const ended: number[] = [];
    // The winner waits at the door for as long as one of the others may still begin.
    await new Promise<void>((resolve) => {
      for (const { outcome } of runs) void outcome.then(({ exitCode }) => ended.push(exitCode ?? -1) === 5 && resolve());
    });
    await door.open();
    await Promise.all(runs.map(({ outcome }) => outcome));
    expect(ended.toSorted()).toEqual([0, 3, 3, 3, 3, 3]);
    expect(story.current(0)).toBe(story.current(1));
    expect(hosts.map((host) => story.locked(host))).toEqual([false, false]);
  });

  it("a lock whose run does not move is broken by hand, after saying whose it is and that it lives", async () => {
    const stuck = story.start(patient());
    await stuck.seen("at the door");
    stuck.child.kill("SIGSTOP");
    const before = [story.current(0), story.current(1)];
    expect((await story.fake("-R all deploy")).exitCode).toBe(3);

    const unsure = await story.fake("unlock -R all");
    expect(unsure.exitCode).not.toBe(0);
    expect(said(unsure)).toMatch(/host2: locked by .* for fake deploy .*That run counts as alive: its connection is there/);
    expect(hosts.map((host) => story.locked(host))).toEqual([true, true]);

    const sure = await story.succeed("unlock -R all -y");
    expect(sure.stdout).toMatch(/host2: locked by .*\(the nine o'clock one\)/);
    expect(sure.stdout).toContain("host1, host2: unlocked. If that run is still at work, it stops at its next step.");
    expect(hosts.map((host) => story.locked(host))).toEqual([false, false]);
    expect([story.current(0), story.current(1)]).toEqual(before);
    expect((await story.succeed("unlock -R all")).stdout).toContain("host1, host2: not locked");
    stuck.child.kill("SIGKILL");
    await stuck.outcome;

    const left = story.releases(0).at(-1);
    expect(left).not.toBe(before[0]);
    await story.succeed("-R all deploy");
    expect(story.releases(0)).not.toContain(left);
  });

  it("a run whose lock is broken while a hook of it works stops at the hook's next command, having changed nothing more", async () => {
    const live = [story.current(0), story.current(1)];
    const early = story.start("-R all deploy -s lockReason=slow");
    while (!hosts.every((host) => trees()[host]?.some((line) => line.startsWith("first")))) await delay(20);
    const before = trees();
    await story.succeed("unlock -R all --yes");
    await door.open();
    await secondDoor.open();
    const outcome = await early.outcome;
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect(said(outcome)).toMatch(broken);
    expect(said(outcome)).toMatch(/live: \d{14}.*both hosts/);
    expect([story.current(0), story.current(1)]).toEqual(live);
    const own = (line: string): boolean => !/^\.fake\/(?:lock|[0-9a-f]{16})/.test(line);
    expect(trees()).toEqual(before.map((lines) => lines.filter(own)));
    await story.succeed("-R all deploy");
  });

  it("a run whose lock was broken stops when another has it, and leaves that one alone", async () => {
    const live = [story.current(0), story.current(1)];
    story.repo.commit({ "index.txt": "early\n" }, "early");
    const early = story.start(patient());
    await early.seen("at the door");
    await story.succeed("unlock -R all -y");
    story.repo.commit({ "index.txt": "late\n" }, "late");
    const late = story.start("-R all deploy -s lockReason=second");
    await late.seen("at the door");
    await door.open();
    const outcome = await early.outcome;
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect(said(outcome)).toMatch(broken);
    expect([story.current(0), story.current(1)]).toEqual(live);
    expect(hosts.map((host) => story.locked(host))).toEqual([true, true]);
    await secondDoor.open();
    expect((await late.outcome).exitCode).toBe(0);
    expect(hosts.map((host) => story.read(host, "current/index.txt"))).toEqual(["late\n", "late\n"]);
    expect(hosts.map((host) => story.locked(host))).toEqual([false, false]);
  });

  it("a run whose lock was broken does not publish over what came after it", async () => {
    const early = story.start(patient());
    await early.seen("at the door");
    await story.succeed("unlock -R all -y");
    await story.succeed("-R all rollback");
    const live = [story.current(0), story.current(1)];
    await door.open();
    const outcome = await early.outcome;
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect(said(outcome)).toMatch(broken);
    expect([story.current(0), story.current(1)]).toEqual(live);
    expect(hosts.map((host) => story.read(host, "current/index.txt"))).toEqual(["v2\n", "v2\n"]);
    expect(hosts.map((host) => story.locked(host))).toEqual([false, false]);
  });
});
