import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nowhere } from "../support/nowhere.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

describe.skipIf(!sshd)(`fake doctor -R on hosts${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;

  beforeAll(async () => {
    story = await startStory(2);
    story.deployfile("", 'linkedFiles: [".env", "config/app.yml"], linkedDirs: ["uploads"]');
  });
  afterAll(() => story?.end());

  it("finds what deploy:check would, without making anything, and says how to create it", async () => {
    mkdirSync(story.path(1, "shared"), { recursive: true });
    const outcome = await story.fake("doctor -R all");
    expect(outcome.exitCode, said(outcome)).toBe(1);
    const shared = story.path(0, "shared");
    expect(said(outcome)).toContain(
      [
        `fail  host1: The linked file .env is missing: ${shared}/.env does not exist.`,
        `      Put it there once: ssh host1 'mkdir -p ${shared}' && scp .env host1:${shared}/.env`,
        `fail  host1: The linked file config/app.yml is missing: ${shared}/config/app.yml does not exist.`,
        `      Put it there once: ssh host1 'mkdir -p ${shared}/config' && scp app.yml host1:${shared}/config/app.yml`,
      ].join("\n"),
    );
    expect(said(outcome)).toContain(`Put it there once: scp .env host2:${story.path(1, "shared")}/.env`);
    expect(said(outcome)).toContain("4 things to put right.");
    expect([story.tree(0), story.tree(1)]).toEqual([[], ["shared/"]]);
  });

  it("finds that a host cannot read the repository, and hears when all is there", async () => {
    for (const host of [0, 1]) for (const file of ["shared/.env", "shared/config/app.yml"]) story.write(host, file, "x");
    story.deployfile("", `linkedFiles: [".env", "config/app.yml"], repoUrl: "${nowhere}"`);
    const outcome = await story.fake("doctor -R all");
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect(said(outcome)).toContain(`\nfail  host1: The repository ${nowhere} cannot be read: `);
    expect(said(outcome)).toContain(`Try it there: git ls-remote ${nowhere}`);
    story.deployfile("", 'linkedFiles: [".env", "config/app.yml"]');
    const { stdout } = await story.succeed("doctor -R all");
    for (const host of [0, 1]) expect(stdout).toContain(`ok    host${host + 1}: ${story.path(host)} is ready for a deploy`);
    expect(stdout).toMatch(/All is well\.\n$/);
    await story.succeed("-R all deploy");
  });
});
