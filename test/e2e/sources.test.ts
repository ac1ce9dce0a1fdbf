import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGitRepo } from "../support/git-repo.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;
const where = sshd ? "" : ` (${SSHD_MISSING})`;

describe.skipIf(!sshd)(`the push strategy${where}`, () => {
  let story: Story;
  const url = "https://git.invalid/shop/app.git";

  beforeAll(async () => {
    story = await startStory(2);
    // Only this machine knows the way: the hosts have another HOME.
    writeFileSync(join(story.directory, ".gitconfig"), `[url "${story.repo.directory}"]\n\tinsteadOf = ${url}\n`);
    story.deployfile("", `repoUrl: ${JSON.stringify(url)}, scm: "push"`);
  });
  afterAll(() => story?.end());

  it("is what deploys to hosts that cannot reach the repository", async () => {
    story.repo.commit(
      { "bin/start": { executable: "#!/bin/sh\n" }, link: { link: "index.txt" }, "ümläut file": "x\n" },
      "Kinds of files",
    );
    const fetching = await story.fake("-R all deploy -s scm=git");
    expect(fetching.exitCode, said(fetching)).toBe(1);
    expect([story.releases(0), story.locked(0)]).toEqual([[], false]);
    await story.succeed("-R all deploy");
    for (const host of [0, 1]) {
      expect(story.read(host, "current/REVISION")).toBe(`${story.repo.sha()}\n`);
      expect(story.read(host, "current/link")).toBe("v1\n");
      expect(story.read(host, "current/ümläut file")).toBe("x\n");
    }
  });

  it("sends what is new, and nothing when nothing is", async () => {
    story.repo.commit({ "index.txt": "v2\n" }, "v2");
    expect(said(await story.succeed("-R all deploy"))).toContain("receive the commits of");
    expect(story.read(1, "current/index.txt")).toBe("v2\n");
    expect(said(await story.succeed("-R all deploy"))).not.toContain("receive the commits of");
  });

  it("goes back without the repository", async () => {
    const hidden = `${story.repo.directory}-away`;
    renameSync(story.repo.directory, hidden);
    await story.succeed("-R all rollback");
    await story.succeed("-R all rollback");
    renameSync(hidden, story.repo.directory);
    expect(story.read(0, "current/index.txt")).toBe("v1\n");
    const outcome = await story.fake("-R all deploy -s branch=nowhere");
    expect(outcome.exitCode).toBe(2);
    expect(story.read(0, "current/index.txt")).toBe("v1\n");
  });
});

describe.skipIf(!sshd)(`submodules and subdirectories${where}`, () => {
  let story: Story;

  beforeAll(async () => {
    story = await startStory(2);
    const theme = createGitRepo(`${story.repo.directory}-theme`);
    theme.commit({ "style.css": "body {}\n" }, "Theme");
    story.repo.commit({ "packages/web/index.txt": "web\n", "packages/api/index.txt": "api\n" }, "Packages");
    story.repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", theme.directory, "packages/web/theme");
    story.repo.commit({}, "Add the theme");
  });
  afterAll(() => story?.end());

  it("are refused when nobody said what to do with them", async () => {
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode).toBe(1);
    expect(said(outcome)).toContain("Set submodules: true");
    expect([story.releases(0), story.current(0), story.locked(0)]).toEqual([[], undefined, false]);
  });

  it("are deployed at the commit that is pinned", async () => {
    await story.succeed("-R all deploy -s submodules=true");
    for (const host of [0, 1]) {
      expect(story.read(host, "current/packages/web/theme/style.css")).toBe("body {}\n");
      expect(story.read(host, "current/packages/api/index.txt")).toBe("api\n");
      expect(existsSync(story.path(host, "current/.git"))).toBe(false);
    }
  });

  it("can be left out, and one directory taken instead of all", async () => {
    await story.succeed("-R all deploy -s submodules=false -s repoTree=packages/api");
    expect(story.read(0, "current/index.txt")).toBe("api\n");
    expect(existsSync(story.path(0, "current/packages"))).toBe(false);
    await story.succeed("-R all deploy -s submodules=true -s repoTree=packages/web");
    expect(story.read(1, "current/index.txt")).toBe("web\n");
    expect(story.read(1, "current/theme/style.css")).toBe("body {}\n");
    const before = story.current(0);
    const outcome = await story.fake("-R all deploy -s submodules=false -s repoTree=packages/nowhere");
    expect(outcome.exitCode).toBe(1);
    expect(said(outcome)).toContain("packages/nowhere");
    expect([story.current(0), story.locked(0)]).toEqual([before, false]);
  });

  it("come from a mirror that is repaired when it is damaged", async () => {
    const packs = story.tree(0).flatMap((entry) => /^(repo\/objects\/\S+) \(\d+\)$/.exec(entry)?.[1] ?? []);
    expect(packs.length).toBeGreaterThan(0);
    for (const pack of packs) rmSync(story.path(0, pack), { force: true });
    writeFileSync(story.path(1, "repo/index.lock"), "");
    await story.succeed("-R all deploy -s submodules=true");
    expect(story.read(0, "current/REVISION")).toBe(`${story.repo.sha()}\n`);
    expect(story.read(0, "current/packages/web/theme/style.css")).toBe("body {}\n");
  });
});

describe.skipIf(!sshd)(`a repository that moves${where}`, () => {
  let story: Story;

  beforeAll(async () => {
    story = await startStory(1);
  });
  afterAll(() => story?.end());

  it("is followed, also when its history was written anew", async () => {
    await story.succeed("-R all deploy");
    const fork = `${story.repo.directory}-fork`;
    story.repo.git("clone", "--quiet", story.repo.directory, fork);
    const moved = createGitRepo(fork);
    moved.git("commit", "--quiet", "--amend", "--allow-empty", "-m", "Another past");
    const sha = moved.commit({ "index.txt": "moved\n" }, "Moved");
    await story.succeed(["-R", "all", "deploy", "-s", `repoUrl=${fork}`]);
    expect(story.read(0, "current/REVISION")).toBe(`${sha}\n`);
    expect(story.read(0, "repo/config")).toContain(fork);
    const amended = moved.commit({ "index.txt": "amended\n" }, "Amended");
    moved.git("reset", "--quiet", "--hard", "HEAD~2");
    const rewritten = moved.commit({ "index.txt": "rewritten\n" }, "Rewritten");
    expect(rewritten).not.toBe(amended);
    await story.succeed(["-R", "all", "deploy", "-s", `repoUrl=${fork}`]);
    expect(story.read(0, "current/index.txt")).toBe("rewritten\n");
  });
});

describe.skipIf(!sshd)(`a deploy path with blanks, quotes and letters of all kinds${where}`, () => {
  let story: Story;
  const root = `it's a "näme" $HOME \`x\` 日本/app & co; #1`;

  beforeAll(async () => {
    story = await startStory(1, { root });
    story.deployfile("", `linkedDirs: ["my uploads"], linkedFiles: ["it's.env"], keepReleases: 1`);
    story.write(0, "shared/it's.env", "KEY=1\n");
  });
  afterAll(() => story?.end());

  it("goes through deploys, a cleanup and a rollback", async () => {
    for (const version of ["v1", "v2", "v3"]) {
      story.repo.commit({ "index.txt": `${version}\n` }, version);
      await story.succeed("-R all deploy");
      expect(story.read(0, "current/index.txt")).toBe(`${version}\n`);
      expect(story.read(0, "current/it's.env")).toBe("KEY=1\n");
    }
    expect(story.releases(0)).toHaveLength(2);
    await story.succeed("-R all rollback");
    expect(story.read(0, "current/index.txt")).toBe("v2\n");
    expect(readFileSync(join(story.fleet.hosts[0]?.home ?? "", root, "revisions.log"), "utf8").split("\n")).toHaveLength(5);
    // Nothing was made beside it but what hosts keep.
    expect(readdirSync(story.fleet.hosts[0]?.home ?? "").sort()).toEqual([".cache", root.split("/")[0]]);
  });
});
