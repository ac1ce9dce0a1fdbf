import { existsSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

describe.skipIf(!sshd)(`one host of three that fails${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  const hosts = [0, 1, 2];
  const live = (): readonly (string | undefined)[] => hosts.map((host) => story.current(host));
  const free = (): boolean => hosts.every((host) => !story.locked(host));

  beforeAll(async () => {
    story = await startStory(3);
  });
  afterAll(() => story?.end());

  it("while it builds keeps all from publishing, and the new release is removed everywhere", async () => {
    await story.succeed("-H host1,host2,host3 deploy");
    const before = live();
    expect(new Set(before).size).toBe(1);
    story.repo.commit({ "index.txt": "v2\n" }, "v2");
    story.deployfile(`
      const build = task("build", "Build", async ({ within, env, host }) => {
        await within(env.releasePath).run("echo built >built");
        if (host.name === "host3") await within(env.releasePath).run("echo out of memory >&2; exit 9");
      });
      after("deploy:create-release", build);
    `);
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode).toBe(1);
    expect(said(outcome)).toContain("out of memory");
    expect(said(outcome)).toMatch(/host3.*build/s);
    expect(live()).toEqual(before);
    for (const host of hosts) expect(story.releases(host)).toEqual([before[0]]);
    expect(free()).toBe(true);
    const { stdout } = await story.succeed("releases -R all --json");
    expect(stdout).not.toContain("failed");
  });

  it("at the switch puts the others back where they were", async () => {
    const before = live();
    story.deployfile(`
      const spoil = task("spoil", "Put a directory where the link is to be", async ({ run, env, host }) => {
        if (host.name === "host2") await run\`rm \${env.currentPath} && mkdir \${env.currentPath}\`;
      });
      before("deploy:symlink:release", spoil);
    `);
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect(said(outcome)).toContain("current is a directory, not a link: nothing was changed there.");
    expect(said(outcome)).toMatch(new RegExp(`live: ${before[0]} .*as before \\(host1, host3\\)`));
    expect(said(outcome)).toContain("current is not what it was: it is no link (host2)");
    for (const host of [0, 2]) {
      expect(story.current(host)).toBe(before[0]);
      expect(readlinkSync(story.path(host, "current"))).toBe(story.path(host, "releases", before[0] ?? ""));
      expect(story.read(host, "current/index.txt")).toBe("v1\n");
    }
    for (const host of hosts) expect(story.releases(host)).toEqual([before[0]]);
    expect(free()).toBe(true);
  });

  it("finds the directory before it builds, the next time", async () => {
    const before = hosts.map((host) => story.tree(host).filter((entry) => !entry.startsWith(".fake")));
    story.deployfile();
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode).toBe(1);
    expect(said(outcome)).toContain("is a directory, not a link to a release.");
    expect(hosts.map((host) => story.tree(host).filter((entry) => !entry.startsWith(".fake")))).toEqual(before);
  });

  it("is brought back by the next deploy", async () => {
    rmSync(story.path(1, "current"), { recursive: true });
    await story.succeed("-R all deploy");
    expect(new Set(live()).size).toBe(1);
    expect(story.read(1, "current/index.txt")).toBe("v2\n");
  });

  it("on a first deploy leaves no link behind on the others", async () => {
    for (const host of hosts) rmSync(story.path(host), { recursive: true });
    story.deployfile(`
      const spoil = task("spoil", "Make a directory", async ({ run, env, host }) => {
        if (host.name === "host1") await run\`mkdir \${env.currentPath}\`;
      });
      before("deploy:symlink:release", spoil);
    `);
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode).toBe(1);
    expect(existsSync(story.path(1, "current"))).toBe(false);
    expect(existsSync(story.path(2, "current"))).toBe(false);
    for (const host of hosts) expect(story.releases(host)).toEqual([]);
    rmSync(story.path(0, "current"), { recursive: true });
  });

  it("in a group of --batch leaves the groups before it live, and the rest untouched", async () => {
    story.deployfile();
    await story.succeed("-R all deploy");
    const [old] = live();
    story.repo.commit({ "index.txt": "v3\n" }, "v3");
    story.deployfile(`
      const probe = task("probe", "Ask the application", async ({ run, host }) => {
        if (host.name === "host2") await run("echo it does not answer >&2; exit 4");
      });
      before("deploy:symlink:release", probe);
    `);
    const outcome = await story.fake("-R all deploy --batch 1");
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect(said(outcome)).toContain("Stopped at group 2 of 3. Done: host1. Failed: host2. Not reached: host3.");
    expect(story.current(0)).not.toBe(old);
    expect(story.read(0, "current/index.txt")).toBe("v3\n");
    expect([story.current(1), story.current(2)]).toEqual([old, old]);
    expect([story.releases(1), story.releases(2)]).toEqual([[old], [old]]);
    expect(free()).toBe(true);
    story.deployfile();
    await story.succeed("-R all deploy --batch 50%");
    expect(hosts.map((host) => story.read(host, "current/index.txt"))).toEqual(["v3\n", "v3\n", "v3\n"]);
    expect(new Set(live()).size).toBe(1);
  });

  it("is not confused by the temporary link that a crashed Capistrano left", async () => {
    const [old] = live();
    for (const host of hosts) symlinkSync(story.path(host, "releases", old ?? ""), story.path(host, "releases", "current"));
    mkdirSync(story.path(1, "current.tmp"));
    story.repo.commit({ "index.txt": "v4\n" }, "v4");
    await story.succeed("-R all deploy");
    for (const host of hosts) {
      expect(story.read(host, "current/index.txt")).toBe("v4\n");
      expect(readlinkSync(story.path(host, "current"))).toBe(story.path(host, "releases", story.current(host) ?? ""));
      expect(story.read(host, "releases", old ?? "", "index.txt")).toBe("v3\n");
      expect(existsSync(story.path(host, "releases", old ?? "", "current"))).toBe(false);
    }
  });

  it("and cannot be reached stops the run before anything is changed anywhere", async () => {
    const before = hosts.map((host) => story.tree(host));
    await story.fleet.hosts[2]?.stop();
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode).toBe(1);
    expect(said(outcome)).toContain("✖ host3 · connect");
    expect(said(outcome)).toMatch(/nothing was \w+ there: host1, host2/);
    expect(hosts.map((host) => story.tree(host))).toEqual(before);
  });

  it("and cannot be reached is left out when that is asked for: the others deploy, and the run says whom it left out", async () => {
    const before = live();
    const outcome = await story.fake("-R all deploy --skip-unreachable");
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect(said(outcome)).toMatch(/\[host3\] warning: The run goes on without this host\. Nothing accepts connections/);
    expect(said(outcome)).toMatch(/1 of 3 hosts unreachable\n {2}unreachable: host3\n/);
    expect(said(outcome)).toMatch(/changed: current -> \d{14} .*\(host1, host2\)/);
    const after = live();
    expect(after[0]).toBe(after[1]);
    expect(after[0]).not.toBe(before[0]);
    expect(after[2]).toBe(before[2]);
    expect(free()).toBe(true);
  });

  it("stops the run all the same when it is all there is, or when it is not the network that is wrong", async () => {
    const alone = await story.fake("-H host3 deploy --skip-unreachable");
    expect(alone.exitCode).toBe(1);
    expect(said(alone)).toContain("✖ host3 · connect");
    const before = live();
    story.fleet.configure({ host2: [`UserKnownHostsFile ${story.directory}/nobody`] });
    const unknown = await story.fake("-H host1,host2 deploy --skip-unreachable");
    expect(unknown.exitCode).toBe(1);
    expect(said(unknown)).toContain("✖ host2 · connect");
    expect(said(unknown)).not.toContain("goes on without");
    expect(live()).toEqual(before);
  });
});
