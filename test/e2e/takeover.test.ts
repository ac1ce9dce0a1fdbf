import { lstatSync, readFileSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { nextReleaseId } from "../../src/recipes/deploy/release-id.ts";
import { type Capistrano, createCapistrano } from "../support/capistrano.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;
const hosts = [0, 1];

describe.skipIf(!sshd)(`a tree that Capistrano made${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let caps: readonly Capistrano[];
  const versions = (): readonly string[] => hosts.map((host) => story.read(host, "current/index.txt").trim());
  const log = (host: number): readonly string[] => readFileSync(story.path(host, "revisions.log"), "utf8").trim().split("\n");
  const commit = (version: string): string => story.repo.commit({ "index.txt": `${version}\n` }, version);
  /** An id as Capistrano would name a release that is made now, later than all that are there. */
  const later = (): string => nextReleaseId(Date.now(), story.releases(0));

  beforeAll(async () => {
    story = await startStory(2);
    story.deployfile("", 'linkedDirs: ["log"], keepReleases: 5');
  });
  beforeEach(() => {
    for (const host of hosts) rmSync(story.path(host), { recursive: true, force: true });
    caps = hosts.map((host) => createCapistrano(story.path(host), story.repo.directory));
    for (const [at, version] of ["v1", "v2", "v3"].entries()) {
      commit(version);
      for (const cap of caps) cap.deploy(`2025010${at + 1}120000`, "main");
    }
  });
  afterAll(() => story?.end());

  it("is listed as it is", async () => {
    const { stdout } = await story.succeed("releases -R all --json");
    const [host1] = JSON.parse(stdout) as [{ releases: { id: string; status: string; user: string; branch: string }[] }];
    expect(host1.releases.map(({ id, status, user, branch }) => `${id} ${status} ${branch} ${user}`)).toEqual([
      "20250103120000 live main deploy",
      "20250102120000 good main deploy",
      "20250101120000 good main deploy",
    ]);
  });

  it("can be rolled back as the first thing, and then again", async () => {
    await story.succeed("-R all rollback");
    expect(hosts.map((host) => story.current(host))).toEqual(["20250102120000", "20250102120000"]);
    expect(versions()).toEqual(["v2", "v2"]);
    expect(caps.map((cap) => cap.current())).toEqual(hosts.map((host) => story.path(host, "releases/20250102120000")));
    await story.succeed("-R all rollback");
    expect(versions()).toEqual(["v1", "v1"]);
    expect((await story.fake("-R all rollback")).exitCode).toBe(1);
    expect(versions()).toEqual(["v1", "v1"]);
  });

  it("is deployed to without a step between, and goes back to what Capistrano made", async () => {
    const sha = commit("v4");
    await story.succeed("-R all deploy");
    expect(versions()).toEqual(["v4", "v4"]);
    expect(story.read(0, "current/REVISION")).toBe(`${sha}\n`);
    expect(story.releases(0)).toHaveLength(4);
    expect(log(1)).toHaveLength(4);
    await story.succeed("-R all rollback");
    expect(versions()).toEqual(["v3", "v3"]);
    expect(log(1).at(-1)).toMatch(/ rolled back to release 20250103120000$/);
  });

  it("can be handed back: Capistrano deploys, cleans up and rolls back what fake left", async () => {
    commit("v4");
    await story.succeed("-R all deploy");
    const made = story.current(0) ?? "";
    // Its cleanup compares the text of the link: what is live stays, even as the oldest.
    for (const cap of caps) expect(cap.cleanup(2)).toEqual(["20250101120000", "20250102120000"]);
    expect(versions()).toEqual(["v4", "v4"]);
    commit("v5");
    const next = later();
    for (const cap of caps) cap.deploy(next, "main");
    expect(versions()).toEqual(["v5", "v5"]);
    for (const cap of caps) cap.rollback();
    expect(hosts.map((host) => story.current(host))).toEqual([made, made]);
    expect(versions()).toEqual(["v4", "v4"]);
    // And over again to fake: it learns from the link and the log what it has not seen.
    const { stdout } = await story.succeed("releases -R all --json");
    expect(stdout).toContain(`"id": "${made}"`);
    await story.succeed("-R all deploy");
    expect(versions()).toEqual(["v5", "v5"]);
    await story.succeed("-R all rollback");
    expect(versions()).toEqual(["v4", "v4"]);
    // The release that fake left is newer than what is live: Capistrano's cleanup must not take the live one for old.
    for (const cap of caps) expect(cap.cleanup(1)).not.toContain(made);
    expect(versions()).toEqual(["v4", "v4"]);
    for (const cap of caps) expect(cap.current()).toMatch(/\/releases\/\d{14}$/);
  });

  it("that Capistrano took back meanwhile is still understood, with a journal that knows nothing of it", async () => {
    await story.succeed("-R all deploy");
    commit("v4");
    const next = later();
    for (const cap of caps) cap.deploy(next, "main");
    const outcome = await story.succeed("-R all rollback");
    expect(versions()).toEqual(["v3", "v3"]);
    expect(said(outcome)).not.toContain("No record");
    await story.succeed(`-R all rollback --to ${next}`);
    expect(versions()).toEqual(["v4", "v4"]);
  });

  it("with a current that points to somewhere else is refused", async () => {
    for (const host of hosts) {
      rmSync(story.path(host, "current"));
      story.write(host, "elsewhere/index.txt", "by hand\n");
    }
    symlinkSync(story.path(1, "elsewhere"), story.path(1, "current"));
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode).toBe(1);
    expect(said(outcome)).toContain("which is not one of the releases");
    expect(story.current(0)).toBeUndefined();
    expect(story.read(1, "current/index.txt")).toBe("by hand\n");
    expect(hosts.map((host) => story.releases(host).length)).toEqual([3, 3]);
    expect(hosts.map((host) => story.locked(host))).toEqual([false, false]);
  });

  it("with a current that points to a release of another tool is named, adopted as it is, and gone back to", async () => {
    for (const host of hosts) {
      rmSync(story.path(host, "current"), { force: true });
      for (const name of ["7", "8"]) story.write(host, `releases/${name}/index.txt`, `of ${name}\n`);
      symlinkSync("releases/8", story.path(host, "current"));
    }
    expect(said(await story.fake("-R all deploy"))).toContain("another tool deploys here, and calls its releases otherwise");
    const link = lstatSync(story.path(0, "current")).ino;
    await story.succeed("adopt -R all");
    expect([lstatSync(story.path(0, "current")).ino, readlinkSync(story.path(0, "current"))]).toEqual([link, "releases/8"]);
    await story.succeed("-R all deploy");
    expect(versions()).toEqual(["v3", "v3"]);
    await story.succeed("-R all rollback");
    expect(versions()).toEqual(["of 8", "of 8"]);
  });
});
