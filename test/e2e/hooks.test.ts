import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

/** Hooks that note the host, their name and what is live at that moment, as functions (`note`) and as text (`text`). */
const HOOKS = (file: string): string => `
  const line = (t: any, name: string) => "echo " + t.host.name + " " + name + " $(basename $(readlink " + t.env.currentPath + " || echo none)) >>${file}";
  const note = (name: string) => task("note:" + name, name, async (t) => { await t.run(line(t, name)); });
  const text = (name: string) => task("note:" + name, { desc: name, commands: (t) => [t.cmd(line(t, name))] });
  const fail = (name: string, hosts: string[]) => task(name, name, async (t) => {
    await t.run(line(t, name));
    if (hosts.includes(t.host.name)) await t.run("echo no luck >&2; exit 7");
  });
`;

describe.skipIf(!sshd)(`hooks of a deploy${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let file: string;
  const notes = (): readonly string[] => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);
  const notesOf = (host: string): readonly string[] =>
    notes().flatMap((line) => (line.startsWith(`${host} `) ? [line.slice(host.length + 1)] : []));

  beforeAll(async () => {
    story = await startStory(2);
    file = join(story.directory, "notes");
  });
  beforeEach(() => rmSync(file, { force: true }));
  afterAll(() => story?.end());

  it("run around the steps in the order of their registration, as functions and as text", async () => {
    story.deployfile(`${HOOKS(file)}
      before(steps.starting, note("first"));
      before("deploy:create-release", text("before-build-1"));
      before("deploy:create-release", note("before-build-2"));
      after("deploy:create-release", text("after-build-1"));
      after("deploy:create-release", text("after-build-2"));
      before("deploy:symlink:release", text("before-switch"));
      after("deploy:symlink:release", note("after-switch"));
      after(steps.finished, text("restart"));
      before("note:restart", note("before-restart"));
      onFailure("deploy", note("never"));
      always("deploy", note("always"));
    `);
    const { stderr, stdout } = await story.succeed("-R all deploy");
    const live = story.current(0);
    const expected = [
      "first none",
      "before-build-1 none",
      "before-build-2 none",
      "after-build-1 none",
      "after-build-2 none",
      "before-switch none",
      `after-switch ${live}`,
      `before-restart ${live}`,
      `restart ${live}`,
      `always ${live}`,
    ];
    expect(notesOf("host1")).toEqual(expected);
    expect(notesOf("host2")).toEqual(expected);
    // Barriers: nobody goes on before everybody is there.
    const at = notes().map((line) => line.split(" ")[1] ?? "");
    expect(at.lastIndexOf("before-switch")).toBeLessThan(at.indexOf("after-switch"));
    const shown = stdout + stderr;
    for (const name of ["note:first", "note:before-build-1", "note:restart", "note:always"])
      expect(shown).toContain(`[host1] ${name} ok`);
  });

  it("on failure run on every host, innermost first, and know what failed", async () => {
    story.deployfile(`${HOOKS(file)}
      const blame = (name: string) => task("blame:" + name, name, async (t) => {
        await t.run(line(t, name + ":" + t.failure?.host + ":" + t.failure?.task));
      });
      after(steps.updated, fail("smoke", ["host2"]));
      after("smoke", note("after-smoke"));
      onFailure("deploy", blame("outer"));
      onFailure("smoke", blame("inner"));
      always("smoke", note("inner-always"));
      always("deploy", note("outer-always"));
    `);
    const before = [story.current(0), story.current(1)];
    const releases = [story.releases(0), story.releases(1)];
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode, said(outcome)).toBe(1);
    const live = before[0];
    const expected = ["smoke", "inner:host2:smoke", "inner-always", "outer:host2:smoke", "outer-always"].map(
      (name) => `${name} ${live}`,
    );
    expect(notesOf("host2")).toEqual(expected);
    // On host1 the task went well, and ended with its own hooks: inside a stage each host goes at its own pace.
    const others = notesOf("host1").filter((note) => !note.startsWith("after-smoke"));
    expect(others.toSorted()).toEqual(expected.toSorted());
    expect(others.at(-1)).toBe(expected.at(-1));
    expect([story.current(0), story.current(1)]).toEqual(before);
    expect([story.releases(0), story.releases(1)]).toEqual(releases);
    expect(said(outcome)).toContain("no luck");
    expect(said(outcome)).toContain("exit code 7");
    expect([story.locked(0), story.locked(1)]).toEqual([false, false]);
  });

  it("that fail after publishing leave the release live, and say so", async () => {
    story.repo.commit({ "index.txt": "v2\n" }, "v2");
    story.deployfile(`${HOOKS(file)} after(steps.finished, fail("restart", ["host1"]));`);
    const before = story.current(0);
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode).toBe(1);
    expect(story.current(0)).not.toBe(before);
    expect(story.current(1)).toBe(story.current(0));
    expect(story.read(0, "current", "index.txt")).toBe("v2\n");
    expect(said(outcome)).toMatch(new RegExp(`live: ${story.current(0)} .*restart failed`));
    expect(story.read(1, "revisions.log").trim().split("\n")).toHaveLength(2);
    expect([story.locked(0), story.locked(1)]).toEqual([false, false]);
  });

  it("that fail after publishing go back where rollbackOnFailure is set", async () => {
    story.repo.commit({ "index.txt": "v3\n" }, "v3");
    story.deployfile(
      `${HOOKS(file)} after(steps.finished, fail("restart", ["host2"])); after("deploy:symlink:release", note("switched"));`,
      "rollbackOnFailure: true",
    );
    const before = story.current(0);
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect([story.current(0), story.current(1)]).toEqual([before, before]);
    expect(story.read(1, "current", "index.txt")).toBe("v2\n");
    // Its own flow, with its own hooks: switched runs once for each of the two switches.
    expect(notesOf("host1").filter((note) => note.startsWith("switched"))).toHaveLength(2);
    const { stdout } = await story.succeed("releases -R all --json");
    const [host1] = JSON.parse(stdout) as [{ releases: { id: string; status: string }[] }];
    expect(host1.releases[0]).toMatchObject({ status: "bad" });
    expect(host1.releases.find(({ id }) => id === before)).toMatchObject({ status: "live" });
    expect([story.locked(0), story.locked(1)]).toEqual([false, false]);
  });
});
