import { statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

describe.skipIf(!sshd)(`copyDirs and writableDirs${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;

  beforeAll(async () => {
    story = await startStory(2);
    story.deployfile(
      `
  const build = task("build", async (t) => {
    await t.within(t.env.releasePath).run\`mkdir -p deps && echo built >>deps/log && echo start-build && sleep \${t.env.pause}\`;
  });
  after("deploy:updated", build);
`,
      `pause: "0", copyDirs: ["deps"], writableDirs: ["cache", "uploads"], linkedDirs: ["uploads"]`,
    );
  });
  afterAll(() => story?.end());

  const log = (host: number): string => story.read(host, "current/deps/log");
  const mode = (path: string): string => (statSync(story.path(0, path)).mode & 0o777).toString(8);

  it("carry what a build made from one release to the next, whose builds leave the old one alone", async () => {
    await story.succeed("-R all deploy");
    const first = story.current(0);
    await story.succeed("-R all deploy");
    expect([log(0), log(1)]).toEqual(["built\nbuilt\n", "built\nbuilt\n"]);
    expect(story.read(0, "releases", first ?? "", "deps/log")).toBe("built\n");
    expect([mode("current/cache"), mode("shared/uploads")]).toEqual(["775", "775"]);
  });

  it("take nothing from a build that was killed, and --resume makes it anew", async () => {
    const run = story.start("-R all deploy -s pause=30");
    await run.seen("start-build");
    run.child.kill("SIGKILL");
    await run.outcome;
    // The host ends what ran there, which takes a moment.
    await story.succeed("-R all deploy --lock-wait 20s --resume");
    expect([log(0), log(1)]).toEqual(["built\nbuilt\nbuilt\n", "built\nbuilt\nbuilt\n"]);
    expect(story.tree(0).filter((path) => path.includes(".fake-"))).toEqual([]);
  });

  it("are shown in a dry run, and refused where they cannot be", async () => {
    const dry = said(await story.succeed("-R all deploy --dry-run -v"));
    expect(dry).toContain("--reflink");
    const outcome = await story.fake([
      "-R",
      "all",
      "deploy",
      "-s",
      'copyDirs=["../x","uploads/a"]',
      "-s",
      'writableBy={"mode":"rwx"}',
    ]);
    expect(outcome.exitCode, said(outcome)).toBe(2);
    expect(said(outcome)).toContain('must not contain ".."');
    expect(said(outcome)).toContain('must be { mode: "775" }, { group: "www-data" } or { user: "www-data" }');
    const inside = await story.fake(["-R", "all", "deploy", "-s", 'copyDirs=["uploads/a"]']);
    expect(inside.exitCode).toBe(2);
    expect(said(inside)).toContain('"uploads/a" lies inside "uploads"');
    const checked = await story.fake(["-R", "all", "deploy:check", "-s", 'writableBy={"user":"no-such-user"}']);
    expect(checked.exitCode).toBe(1);
    expect(said(checked)).toContain("There is no user no-such-user (writableBy).");
  });
});
