import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

describe.skipIf(!sshd)(`a deploy to two OpenSSH servers${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let first: string | undefined;
  let second: string | undefined;

  beforeAll(async () => {
    story = await startStory(2);
  });
  afterAll(() => story?.end());

  it("publishes the same release of the same commit on both", async () => {
    const outcome = await story.fake("-R all deploy");
    expect(outcome.stderr + outcome.stdout).not.toContain("is a bug");
    expect(outcome.exitCode, outcome.stderr + outcome.stdout).toBe(0);
    first = story.current(0);
    expect(first).toMatch(/^\d{14}$/);
    expect(story.current(1)).toBe(first);
    for (const host of [0, 1]) {
      expect(story.read(host, "current", "index.txt")).toBe("v1\n");
      expect(story.read(host, "current", "REVISION")).toBe(`${story.repo.sha()}\n`);
      expect(story.read(host, "revisions.log")).toMatch(
        new RegExp(`^Branch main \\(at ${story.repo.sha()}\\) deployed as release ${first} by .+\n$`),
      );
    }
  });

  it("publishes a second release beside the first", async () => {
    story.repo.commit({ "index.txt": "v2\n" }, "v2");
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode, outcome.stderr + outcome.stdout).toBe(0);
    second = story.current(0);
    expect(second).not.toBe(first);
    expect(story.current(1)).toBe(second);
    expect(story.releases(0)).toEqual([first, second].sort());
    expect(story.read(1, "current", "index.txt")).toBe("v2\n");
  });

  it("lists the releases of both", async () => {
    const outcome = await story.fake("releases -R all --json");
    expect(outcome.exitCode, outcome.stderr).toBe(0);
    const listed = JSON.stringify(JSON.parse(outcome.stdout));
    expect(listed).toContain(first);
    expect(listed).toContain(second);
  });

  it("rolls back to the release before", async () => {
    const outcome = await story.fake("-R all rollback");
    expect(outcome.exitCode, outcome.stderr + outcome.stdout).toBe(0);
    expect(story.current(0)).toBe(first);
    expect(story.current(1)).toBe(first);
    expect(story.read(0, "current", "index.txt")).toBe("v1\n");
  });

  it("refuses to roll back further than there are releases, and changes nothing", async () => {
    const outcome = await story.fake("-R all rollback");
    expect(outcome.exitCode).not.toBe(0);
    expect(story.current(0)).toBe(first);
  });

  it("leaves no lock behind", async () => {
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode, outcome.stderr + outcome.stdout).toBe(0);
    expect(story.read(0, "current", "index.txt")).toBe("v2\n");
  });
});
