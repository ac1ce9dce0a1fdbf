import { renameSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;
const hosts = [0, 1, 2, 3];

describe.skipIf(!sshd)(`a fleet that is not on one release${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  /** Ids by version: v1, v2, ... */
  const ids: string[] = [];
  const live = (): readonly (string | undefined)[] => hosts.map((host) => story.current(host));
  const release = async (version: string, args = "-R all deploy"): Promise<void> => {
    story.repo.commit({ "index.txt": `${version}\n` }, version);
    await story.succeed(args);
    ids.push(story.current(0) ?? "");
  };
  const journal = (host: number): string => story.read(host, ".fake/journal");

  beforeAll(async () => {
    story = await startStory(4);
    await release("v1");
    await release("v2");
  });
  afterAll(() => story?.end());

  it("goes back to what it had, when a deploy in batches has stopped: hosts that are there stay", async () => {
    const [, v2 = ""] = ids;
    story.repo.commit({ "index.txt": "v3\n" }, "v3");
    story.deployfile(
      'before("deploy:symlink:release", task("trip", ({ host }) => { if (host.name === "host3") throw new Error("no such luck"); }));',
    );
    const stopped = await story.fake("-R all --batch 2 deploy");
    const v3 = story.current(0) ?? "";
    expect([stopped.exitCode, live()]).toEqual([1, [v3, v3, v2, v2]]);
    expect(said(stopped)).toContain(
      `${v3} is live on host1, host2. Next: deploy --resume goes on with the other hosts; rollback`,
    );
    story.deployfile();
    const logs = [2, 3].map((host) => story.read(host, "revisions.log"));
    const outcome = await story.succeed("-R all rollback");
    expect(live()).toEqual([v2, v2, v2, v2]);
    expect(hosts.map((host) => story.read(host, "current/index.txt"))).toEqual(Array(4).fill("v2\n"));
    expect(hosts.map((host) => journal(host).includes(`${v3} bad`))).toEqual([true, true, false, false]);
    expect(hosts.map((host) => journal(host).includes(`${v2} bad`))).toEqual([false, false, false, false]);
    expect([2, 3].map((host) => story.read(host, "revisions.log"))).toEqual(logs);
    expect(said(outcome)).toMatch(new RegExp(`live: ${v2} \\(main \\w+\\), as before \\(host3, host4\\)`));
  });

  it("is told what to do about a host that does not have the release, and can do it", async () => {
    await release("v4");
    await release("v5");
    rmSync(story.path(3, "releases", ids.at(-2) ?? ""), { recursive: true });
    const before = live();
    const outcome = await story.fake("-R all rollback");
    expect([outcome.exitCode, live()]).toEqual([1, before]);
    const sha = story.read(0, "releases", ids.at(-2) ?? "", "REVISION").trim();
    expect(said(outcome)).toContain(
      `${ids.at(-2)} is good on all but host4: rollback -x host4, rollback --to ${ids.at(-2)} --build, rollback --to ${ids[1]}, which is good on all, or`,
    );
    expect(said(outcome)).toContain(`deploy -s branch=${sha} puts that commit on all`);
    expect(said(outcome)).toMatch(/host1, host2\n +RELEASE/);
    await story.succeed("-R all -x host4 rollback");
    expect(live()).toEqual([...Array(3).fill(ids.at(-2)), before[3]]);
    await story.succeed(`-R all -s branch=${sha} deploy`);
    expect(hosts.map((host) => story.read(host, "current/index.txt"))).toEqual(Array(4).fill("v4\n"));
  });

  it("builds the release on a host that does not have it, from what that host has of the repository", async () => {
    const v4 = ids.at(-2) ?? "";
    const refused = await story.fake(`-R all rollback --to ${v4}`);
    expect([refused.exitCode, said(refused)]).toEqual([1, expect.stringContaining(`${v4} has been removed from host4`)]);
    const hidden = `${story.repo.directory}-away`;
    renameSync(story.repo.directory, hidden);
    try {
      await story.succeed(`-R all rollback --to ${v4} --build`);
    } finally {
      renameSync(hidden, story.repo.directory);
    }
    expect(live()).toEqual(Array(4).fill(v4));
    expect(hosts.map((host) => story.read(host, "current/index.txt"))).toEqual(Array(4).fill("v4\n"));
    expect(new Set(hosts.map((host) => story.read(host, "current/REVISION"))).size).toBe(1);
    const next = await story.succeed("-R all releases");
    expect(said(next)).toMatch(new RegExp(`host4[^]*\\* +${v4} +live +\\w{7} +main`));
  });
});
