import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

describe.skipIf(!sshd).each(["git", "push"])(
  `a branch, a tag or a commit, with scm %s${sshd ? "" : ` (${SSHD_MISSING})`}`,
  (scm) => {
    let story: Story;
    const commits: Record<string, string> = {};

    beforeAll(async () => {
      story = await startStory(2);
      story.deployfile("", `scm: ${JSON.stringify(scm)}`);
      for (const version of ["v1", "v2", "v3"]) commits[version] = story.repo.commit({ "index.txt": `${version}\n` }, version);
      story.repo.git("tag", "-a", "release-2", "-m", "The second", commits["v2"] ?? "");
      story.repo.git("branch", "both", commits["v1"] ?? "");
      story.repo.git("tag", "both", commits["v2"] ?? "");
    });
    afterAll(() => story?.end());

    it.each([
      ["--branch mian", 'Did you mean "main"?'],
      ["--branch release-2", "It is a tag: --tag release-2"],
      ["--tag=main", "It is a branch: --branch main"],
      ["--tag release-3", 'Did you mean "release-2"?'],
      ["--tag both --branch both", "--branch and --tag exclude each other: give one"],
      ["--commit main", "must be the id of a commit, or the first four or more of its digits"],
      ["--branch", "--branch needs a value"],
      ["--branch main --resume", "--resume finishes a deploy with the commit it has"],
      ["--branch main -s branch=both", "`branch` is set twice: with -s, and by an argument of"],
    ])("is refused before a host is changed: %s", async (words, why) => {
      const outcome = await story.fake(`-R all deploy ${words}`);
      expect(outcome.exitCode, said(outcome)).toBe(2);
      expect(said(outcome)).toContain(why);
      expect([existsSync(story.path(0)), existsSync(story.path(1))]).toEqual([false, false]);
    });

    it.each([
      ["--branch both", "v1", "both"],
      ["--tag both", "v2", "both"],
      ["--tag=release-2", "v2", "release-2"],
      ["branch=main", "v3", "main"],
      ["--commit <FULL>", "v1", "<full>"],
      ["--commit <SHORT>", "v2", "<short>"],
    ])("%s is %s", async (words, version, label) => {
      const sha = commits[version] ?? "";
      const filled = (text: string): string =>
        text
          .replace("<FULL>", sha.toUpperCase())
          .replace("<SHORT>", sha.slice(0, 8).toUpperCase())
          .replace("<full>", sha)
          .replace("<short>", sha.slice(0, 8));
      await story.succeed(`-R all deploy ${filled(words)}`);
      for (const host of [0, 1]) {
        expect(story.read(host, "current/REVISION")).toBe(`${sha}\n`);
        expect(story.read(host, "revisions.log").trim().split("\n").at(-1)).toContain(`Branch ${filled(label)} (at ${sha})`);
      }
    });

    it("is refused when no commit has the id, with nothing built", async () => {
      const before = [story.current(0), story.releases(0), story.releases(1)];
      for (const id of ["00000000", "f".repeat(40)]) {
        const outcome = await story.fake(`-R all deploy --commit ${id}`);
        expect(outcome.exitCode, said(outcome)).toBeGreaterThan(0);
        expect(said(outcome)).toMatch(new RegExp(`${id}"? is not (in|a commit of) ${story.repo.directory}`));
        expect([story.current(0), story.releases(0), story.releases(1)]).toEqual(before);
        expect([story.locked(0), story.locked(1)]).toEqual([false, false]);
      }
    });

    it("is nothing for a rollback, which says who takes it", async () => {
      const outcome = await story.fake("-R all rollback --branch main");
      expect(outcome.exitCode).toBe(2);
      expect(said(outcome)).toContain('The task "rollback" takes no argument "branch"');
      expect(said(outcome)).toContain("deploy takes it: fake deploy --branch");
    });
  },
);
