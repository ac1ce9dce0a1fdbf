import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

describe.skipIf(!sshd)(`going back and cleaning up${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  /** Ids by version: v1, v2, v3. */
  const ids: string[] = [];
  const live = (): readonly (string | undefined)[] => [story.current(0), story.current(1)];

  beforeAll(async () => {
    story = await startStory(2);
    for (const version of ["v1", "v2", "v3"]) {
      story.repo.commit({ "index.txt": `${version}\n` }, version);
      await story.succeed("-R all deploy");
      ids.push(story.current(0) ?? "");
    }
  });
  afterAll(() => story?.end());

  it("refuses ids that are none, before it connects", async () => {
    const before = [story.tree(0), story.tree(1)];
    for (const id of ["../../etc", "20261399000000", "current", "", "-1"]) {
      const outcome = await story.fake(["-R", "all", "rollback", `--to=${id}`]);
      expect(outcome.exitCode, said(outcome)).toBe(2);
      expect(outcome.stderr).toContain("must be the id of a release");
      expect(said(outcome)).not.toContain("connected");
    }
    expect((await story.fake("-R all rollback --to ../../etc")).exitCode).toBe(2);
    expect([story.tree(0), story.tree(1)]).toEqual(before);
  });

  it("goes back to a chosen release without the repository", async () => {
    const hidden = `${story.repo.directory}-away`;
    renameSync(story.repo.directory, hidden);
    try {
      await story.succeed(`-R all rollback --to ${ids[0]}`);
    } finally {
      renameSync(hidden, story.repo.directory);
    }
    expect(live()).toEqual([ids[0], ids[0]]);
    expect(story.read(1, "current/index.txt")).toBe("v1\n");
    expect(story.read(1, "revisions.log").trim().split("\n").at(-1)).toMatch(new RegExp(` rolled back to release ${ids[0]}$`));
  });

  it("says so when all are there already, or the release never was", async () => {
    const there = await story.fake(`-R all rollback --to ${ids[0]}`);
    expect(there.exitCode).toBe(1);
    expect(said(there)).toContain(`All hosts are on ${ids[0]} already`);
    const never = await story.fake("-R all rollback --to 20200101000000");
    expect(never.exitCode).toBe(1);
    expect(said(never)).toContain("There is no release 20200101000000");
    expect(said(never)).toContain("Nothing was changed");
    expect(live()).toEqual([ids[0], ids[0]]);
  });

  it("goes back to one release on all hosts, past those that only some have", async () => {
    await story.succeed(`-R all rollback --to ${ids[2]}`);
    rmSync(story.path(1, "releases", ids[1] ?? ""), { recursive: true });
    // What fake itself keeps on a host may be gone: revisions.log and the directories are enough.
    rmSync(story.path(0, ".fake"), { recursive: true });
    await story.succeed("-R all rollback");
    expect(live()).toEqual([ids[0], ids[0]]);
  });

  it("changes nothing where the hosts have no release in common, and shows what each has", async () => {
    await story.succeed("-R all deploy");
    const now = story.current(0) ?? "";
    rmSync(story.path(1, "releases", ids[0] ?? ""), { recursive: true });
    renameSync(story.path(0, "releases", ids[2] ?? ""), story.path(0, "v3"));
    const outcome = await story.fake("-R all rollback");
    renameSync(story.path(0, "v3"), story.path(0, "releases", ids[2] ?? ""));
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect(said(outcome)).toContain(
      `${ids[0]} is good on all but host2: rollback -x host2, rollback --to ${ids[0]} --build, or deploy -s branch=`,
    );
    expect(said(outcome)).toMatch(new RegExp(`host1\\s+RELEASE[^]+${now}\\s+live[^]+host2\\s+RELEASE[^]+${now}\\s+live`));
    expect(live()).toEqual([now, now]);
    expect([story.locked(0), story.locked(1)]).toEqual([false, false]);
  });

  it("keeps as many good releases as keepReleases says, and every name it did not make", async () => {
    const foreign = ["backup", "name with blanks", "20261399000000", "v1'; rm -rf x", "linked"];
    for (const name of foreign.slice(0, 4)) mkdirSync(story.path(0, "releases", name));
    symlinkSync(story.path(0, "shared"), story.path(0, "releases", "linked"));
    symlinkSync(story.path(0, "shared"), story.path(0, "releases", "20200101000000"));
    story.write(0, "shared/kept", "kept\n");
    story.deployfile("", "keepReleases: 2");
    const made: string[] = [];
    for (const version of ["v4", "v5", "v6"]) {
      story.repo.commit({ "index.txt": `${version}\n` }, version);
      await story.succeed("-R all deploy");
      made.push(story.current(0) ?? "");
    }
    const kept = made.slice(-2);
    expect(story.releases(1)).toEqual(kept);
    expect(story.releases(0)).toEqual([...foreign, "20200101000000", ...kept].sort());
    expect(story.read(0, "shared/kept")).toBe("kept\n");
  });

  it("never removes what is live, or what was live before it, even when only one is to be kept", async () => {
    story.deployfile("", "keepReleases: 1");
    const [before] = live();
    await story.succeed("-R all deploy");
    const [now] = live();
    expect(story.releases(1)).toEqual([before, now]);
    await story.succeed("-R all rollback");
    await story.succeed("-R all deploy:cleanup");
    expect(story.current(1)).toBe(before);
    expect(story.releases(1)).toContain(before);
    expect([story.locked(0), story.locked(1)]).toEqual([false, false]);
  });
});
