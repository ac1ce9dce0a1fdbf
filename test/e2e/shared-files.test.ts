import { mkdirSync, readlinkSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

describe.skipIf(!sshd)(`linked files and directories${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;

  beforeAll(async () => {
    story = await startStory(2);
    story.repo.commit({ "uploads/.keep": "", "config/.keep": "", "config/database.yml": "from the repository\n" }, "Directories");
    story.deployfile(
      "",
      `linkedFiles: [".env", "config/database.yml", "config/keys/master key"], linkedDirs: ["uploads", "tmp/cache"]`,
    );
  });
  afterAll(() => story?.end());

  it("that are missing are all named, of all hosts, before anything is changed", async () => {
    story.write(0, "shared/.env", "KEY=1\n");
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode, said(outcome)).toBe(1);
    const text = said(outcome);
    for (const file of ["config/database.yml", "config/keys/master key"])
      expect(text).toContain(`The linked file ${file} is missing: ${story.path(0, "shared", file)} does not exist.`);
    for (const file of [".env", "config/database.yml", "config/keys/master key"])
      expect(text).toContain(`${story.path(1, "shared", file)} does not exist`);
    expect(text).not.toContain(`${story.path(0, "shared/.env")} does not exist`);
    expect(text).toContain("scp ");
    for (const host of [0, 1]) {
      expect(story.releases(host)).toEqual([]);
      expect(story.current(host)).toBeUndefined();
      expect(story.locked(host)).toBe(false);
    }
  });

  it("of the wrong kind are named too", async () => {
    mkdirSync(story.path(0, "shared/config/database.yml"), { recursive: true });
    rmSync(story.path(1, "shared/tmp/cache"), { recursive: true });
    story.write(1, "shared/tmp/cache", "a file\n");
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode).toBe(1);
    expect(said(outcome)).toContain(
      `${story.path(0, "shared/config/database.yml")} is a directory, but linkedFiles needs a file.`,
    );
    expect(said(outcome)).toContain(`${story.path(1, "shared/tmp/cache")} is a file, but linkedDirs needs a directory.`);
    expect([story.releases(0), story.releases(1)]).toEqual([[], []]);
  });

  it("are linked into each release, and outlive it", async () => {
    rmSync(story.path(0, "shared/config/database.yml"), { recursive: true });
    rmSync(story.path(1, "shared/tmp/cache"));
    for (const host of [0, 1]) {
      story.write(host, "shared/.env", `HOST=${host}\n`);
      story.write(host, "shared/config/database.yml", "shared\n");
      story.write(host, "shared/config/keys/master key", "secret\n");
    }
    await story.succeed("-R all deploy");
    for (const host of [0, 1]) {
      expect(story.read(host, "current/.env")).toBe(`HOST=${host}\n`);
      expect(story.read(host, "current/config/database.yml")).toBe("shared\n");
      expect(story.read(host, "current/config/keys/master key")).toBe("secret\n");
      expect(readlinkSync(story.path(host, "current/uploads"))).toBe(story.path(host, "shared/uploads"));
      story.write(host, "current/uploads/photo", "smile\n");
    }
    story.repo.commit({ "index.txt": "v2\n" }, "v2");
    await story.succeed("-R all deploy");
    expect(story.releases(0)).toHaveLength(2);
    expect(story.read(1, "current/uploads/photo")).toBe("smile\n");
    expect(story.read(1, "shared/uploads/photo")).toBe("smile\n");
  });

  it("that make no sense are all refused when the deployfile is read", async () => {
    const before = [story.tree(0), story.tree(1)];
    story.deployfile(
      "",
      `linkedFiles: ["/etc/passwd", "../x", "a/../b"], linkedDirs: ["log", "log", "log/old"], keepReleases: 0`,
    );
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode).toBe(2);
    for (const word of ["/etc/passwd", "../x", "a/../b", '"log" is listed twice', '"log/old" lies inside "log"', "keepReleases"])
      expect(outcome.stderr).toContain(word);
    expect(outcome.stderr).toMatch(/deployfile\.ts:\d+/);
    expect(said(outcome)).not.toContain("connected");
    expect([story.tree(0), story.tree(1)]).toEqual(before);
  });
});
