import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;
const where = sshd ? "" : ` (${SSHD_MISSING})`;

describe.skipIf(!sshd)(`what branch stands for${where}`, () => {
  let story: Story;
  const commits: Record<string, string> = {};

  beforeAll(async () => {
    story = await startStory(2);
    const { repo } = story;
    for (const version of ["v1", "v2", "v3", "v4", "v5"]) {
      commits[version] = repo.commit({ "index.txt": `${version}\n` }, version);
      if (version === "v1") repo.git("tag", "1.10");
      if (version === "v2") repo.git("tag", "-a", "release-2", "-m", "The second");
      if (version === "v3") repo.git("branch", "feature/new-basket");
      if (version === "v4") repo.git("branch", "twofold");
    }
    repo.git("tag", "twofold", commits["v1"] ?? "");
  });
  afterAll(() => story?.end());

  it("is refused with close names when there is no such thing, before any host is changed", async () => {
    const hints = {
      mian: 'Did you mean "main"?',
      "origin/feature/new-basket": 'Did you mean "feature/new-basket"?',
      stagging: "Its branches are: feature/new-basket, main, twofold.",
    };
    for (const [branch, hint] of Object.entries(hints)) {
      const outcome = await story.fake(["-R", "all", "deploy", "-s", `branch=${branch}`]);
      expect(outcome.exitCode, said(outcome)).toBe(2);
      expect(said(outcome)).toContain(`"${branch}" is not a branch, tag or commit of ${story.repo.directory}`);
      expect(said(outcome)).toContain(hint);
    }
    expect([existsSync(story.path(0)), existsSync(story.path(1))]).toEqual([false, false]);
  });

  it("is refused when a branch and a tag have the name", async () => {
    const outcome = await story.fake("-R all deploy -s branch=twofold");
    expect(outcome.exitCode).toBe(2);
    expect(said(outcome)).toContain('"twofold" is ambiguous');
    expect(said(outcome)).toContain("refs/heads/twofold");
    expect([existsSync(story.path(0)), existsSync(story.path(1))]).toEqual([false, false]);
  });

  it("is refused when it can be the name of nothing", async () => {
    for (const branch of ["--upload-pack=touch hacked", "$(touch hacked)", "main\ntouch hacked", "a".repeat(10_000), ""]) {
      const outcome = await story.fake(["-R", "all", "deploy", "-s", `branch=${branch}`, "-s", "repoUrl=ext::touch hacked"]);
      expect(outcome.exitCode, said(outcome)).toBe(2);
      expect(outcome.stderr).toMatch(/`branch` .*(must not|cannot be the name|is longer than)/);
      expect(outcome.stderr).toContain("must not name a remote helper");
    }
    expect(existsSync(join(story.directory, "hacked"))).toBe(false);
    expect(existsSync(story.path(0))).toBe(false);
  });

  it.each([
    ["1.10", "v1"],
    ["release-2", "v2"],
    ["refs/heads/twofold", "v4"],
    ["HEAD", "v5"],
    ["<full>", "v2"],
    ["<short>", "v3"],
  ])("%s is %s", async (name, version) => {
    const sha = commits[version] ?? "";
    const branch = name.replace("<full>", sha).replace("<short>", sha.slice(0, 8));
    await story.succeed(["-H", "host1", "deploy", "-s", `branch=${branch}`]);
    expect(story.read(0, "current/index.txt")).toBe(`${version}\n`);
    expect(story.read(0, "current/REVISION")).toBe(`${sha}\n`);
    const shown = branch === "HEAD" ? "main" : branch;
    expect(story.read(0, "revisions.log").trim().split("\n").at(-1)).toContain(`Branch ${shown} (at ${sha})`);
  });

  it("is refused before anything is built when no commit has the id", async () => {
    const before = [story.current(0), story.releases(0)];
    for (const id of ["0000000", "f".repeat(40)]) {
      const outcome = await story.fake(`-R all deploy -s branch=${id}`);
      expect(outcome.exitCode).toBeGreaterThan(0);
      expect(said(outcome)).toContain(story.repo.directory);
      expect([story.current(0), story.releases(0), story.releases(1)]).toEqual([...before, []]);
      expect([story.locked(0), story.locked(1)]).toEqual([false, false]);
    }
  });
});

describe.skipIf(!sshd)(`a repository that this machine cannot read${where}`, () => {
  let story: Story;
  const url = "https://git.invalid/shop/app.git";

  beforeAll(async () => {
    story = await startStory(2);
    story.deployfile("", `repoUrl: ${JSON.stringify(url)}`);
    for (const { home } of story.fleet.hosts)
      writeFileSync(join(home, ".gitconfig"), `[url "${story.repo.directory}"]\n\tinsteadOf = ${url}\n`);
  });
  afterAll(() => story?.end());

  it("is asked by the first host, and all build what it answers", async () => {
    const outcome = await story.succeed("-R all deploy");
    expect(said(outcome)).toContain(`host1 found that main is ${story.repo.sha()}`);
    expect([story.read(0, "current/REVISION"), story.read(1, "current/REVISION")]).toEqual(
      [0, 1].map(() => `${story.repo.sha()}\n`),
    );
  });

  it("ends the run with close names when the host does not find it either", async () => {
    const before = [story.current(0), story.releases(0)];
    const outcome = await story.fake("-R all deploy -s branch=mian");
    expect(outcome.exitCode, said(outcome)).toBe(2);
    expect(said(outcome)).toContain('Did you mean "main"?');
    expect([story.current(0), story.releases(0)]).toEqual(before);
    expect(story.locked(0)).toBe(false);
  });

  it("that nobody can read ends the run before anything is built, with what git says", async () => {
    const before = [story.current(0), story.releases(0)];
    const hidden = `${story.repo.directory}-away`;
    renameSync(story.repo.directory, hidden);
    const outcome = await story.fake("-R all deploy");
    renameSync(hidden, story.repo.directory);
    expect(outcome.exitCode).toBe(1);
    expect(said(outcome)).toContain(story.repo.directory);
    expect([story.current(0), story.releases(0), story.locked(0), story.locked(1)]).toEqual([...before, false, false]);
  });
});
