import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createDoor, type Door } from "../support/door.ts";
import { binary, type Outcome } from "../support/fake.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;
const hosts = [0, 1];

describe.skipIf(!sshd)(`a lock whose run has died${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let door: Door;
  const pidFile = (): string => join(story.directory, "pid");

  beforeAll(async () => {
    story = await startStory(2);
    door = createDoor(join(story.directory, "door"));
    const nested = `${process.execPath} ${binary(inject("installed"))} --ssh-config ${story.fleet.sshConfig} -R all deploy:cleanup`;
    story.deployfile(
      `const at = (place) => (t) => t.env.lockReason === place;
      before("deploy:symlink:release", task("wait", { local: true }, async (t) => {
        if (!at("door")(t)) return;
        t.log.info("at the door");
        await t.run(${JSON.stringify(door.command)});
      }));
      after("deploy:updated", task("work", { once: "run" }, async (t) => {
        if (at("work")(t)) await t.run("echo $$ >${pidFile()}.new && mv ${pidFile()}.new ${pidFile()}; exec sleep 1000");
      }));
      after("deploy:published", task("nest", { local: true }, async (t) => {
        if (at("nest")(t)) t.log.info((await t.run(${JSON.stringify(nested)})).stderr);
      }));
      role("here", [{ host: "here", transport: "local", deployPath: ${JSON.stringify(join(story.directory, "here"))} }]);`,
    );
    await story.succeed("-R all deploy");
  });
  afterAll(async () => {
    door?.release();
    await story?.end();
  });

  /** Deploys until the lock is free: what a killed client ran on its hosts takes a moment to end. */
  async function deploy(words: string): Promise<Outcome> {
    for (let time = 0; time < 30; time++) {
      const outcome = await story.fake(words);
      if (outcome.exitCode !== 3) return outcome;
      await delay(200);
    }
    throw new Error("The lock was never free.");
  }
  const notice = (host: string): RegExp =>
    new RegExp(
      `\\[${host}\\] warning: Broke the lock of a run that is dead: .*It was \\S+ since [-0-9]+ [0-9:]+ UTC \\(\\d+ \\w+ ago\\), for fake deploy \\(`,
    );

  it("is broken by the next deploy, with a notice, when its client was killed in the middle of a command", async () => {
    const dead = story.start("-R all deploy -s lockReason=work");
    while (!existsSync(pidFile())) await delay(20);
    dead.child.kill("SIGKILL");
    await dead.outcome;
    const outcome = await deploy("-R all --reporter plain deploy");
    expect(outcome.exitCode, said(outcome)).toBe(0);
    for (const host of ["host1", "host2"]) expect(said(outcome)).toMatch(notice(host));
    const pid = readFileSync(pidFile(), "utf8").trim();
    expect(existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toContain("sleep");
    expect(hosts.map((host) => story.locked(host))).toEqual([false, false]);
    expect(story.current(0)).toBe(story.current(1));
  });

  it("goes to one of many that find it at the same time", async () => {
    const dead = story.start("-R all deploy -s lockReason=door");
    await dead.seen("at the door");
    dead.child.kill("SIGKILL");
    await dead.outcome;
    const before = story.current(0);
    const runs = Array.from({ length: 4 }, () => story.start(["-R", "all", "deploy", "-s", "lockReason=door"]));
    const ended: (number | null)[] = [];
    const all = runs.map(({ outcome }) => outcome.then(({ exitCode }) => ended.push(exitCode)));
    await Promise.race(runs.map(({ seen }) => seen("at the door").catch(() => new Promise(() => undefined))));
    // Whoever has lost has changed nothing; the winner waits before it publishes.
    while (ended.length < runs.length - 1) await delay(50);
    expect([story.current(0), story.current(1), ...ended]).toEqual([before, before, 3, 3, 3]);
    await door.open();
    await Promise.all(all);
    expect(ended).toEqual([3, 3, 3, 0]);
    expect(story.current(0)).toBe(story.current(1));
    expect(hosts.map((host) => story.locked(host))).toEqual([false, false]);
  });

  it("is broken on this machine as well, but not while its process lives", async () => {
    await story.succeed("-R here deploy");
    const first = story.start("-R here deploy -s lockReason=door");
    await first.seen("at the door");
    const refused = await story.fake("-R here deploy");
    expect([refused.exitCode, said(refused)]).toEqual([3, expect.stringContaining("its process is at work on this machine")]);
    first.child.kill("SIGKILL");
    await first.outcome;
    const outcome = await deploy("-R here --reporter plain deploy");
    expect(outcome.exitCode, said(outcome)).toBe(0);
    expect(said(outcome)).toMatch(notice("here"));
  });

  it("is waited for, with a word about whom, for as long as was said", async () => {
    const first = story.start("-R all deploy -s lockReason=door");
    await first.seen("at the door");
    const short = await story.fake("-R all --lock-wait 1s deploy");
    expect(short.exitCode, said(short)).toBe(3);
    const second = story.start("-R all --lock-wait 5m --reporter plain deploy");
    const third = story.start("-R all --lock-wait 5m deploy");
    await Promise.all([second, third].map(({ seen }) => seen("waiting for the lock of")));
    third.child.kill("SIGINT");
    expect((await third.outcome).exitCode).toBe(130);
    await door.open();
    expect((await first.outcome).exitCode).toBe(0);
    const outcome = await second.outcome;
    expect(outcome.exitCode, said(outcome)).toBe(0);
    expect(
      said(outcome).match(
        /\[host1\] waiting for the lock of \S+@\S+ since [-0-9]+ [0-9:]+ UTC \(\d+ \w+ ago\), for fake deploy \(door\)/g,
      ),
    ).toHaveLength(1);
    expect(hosts.map((host) => story.locked(host))).toEqual([false, false]);
  });

  it("is not in the way of a run that its own run has started, and that one does not free it", async () => {
    const outcome = await story.fake("-R all --reporter plain deploy -s lockReason=nest");
    expect(outcome.exitCode, said(outcome)).toBe(0);
    expect(said(outcome)).toMatch(/deploy:cleanup .*2 hosts/);
    expect(hosts.map((host) => story.locked(host))).toEqual([false, false]);
  });
});
