import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

describe.skipIf(!sshd)(`a team that is told of deploys that fail${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let file: string;
  const notes = (): readonly string[] => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);

  beforeAll(async () => {
    story = await startStory(2);
    file = join(story.directory, "notes");
    story.deployfile(`
      const notify = task("notify", { local: true }, async ({ run, failure: f, failures }) => {
        await run({ stdin: [f?.phase, f?.task, failures.length, f?.error.code].join(" ") + "\\n" })\`cat >>${file}\`;
      });
      onFailure("deploy", notify);
    `);
    await story.succeed("-R all deploy");
  });
  beforeEach(() => rmSync(file, { force: true }));
  afterAll(() => story?.end());

  it("hears of a branch that does not exist: nothing was done", async () => {
    const before = [story.tree(0), story.tree(1)];
    const outcome = await story.fake("-R all deploy -s branch=nonsense");
    expect(outcome.exitCode, said(outcome)).toBe(2);
    expect(notes()).toEqual([expect.stringMatching(/^settings settings 1 \w+$/)]);
    expect([story.tree(0), story.tree(1)]).toEqual(before);
  });

  it("hears of a lock that somebody holds", async () => {
    await story.succeed("-R all lock -m moving");
    const outcome = await story.fake("-R all deploy");
    expect(outcome.exitCode, said(outcome)).toBe(3);
    expect(notes()).toEqual(["lock deploy:lock 1 LOCKED"]);
    await story.succeed("-R all -y unlock");
  });

  it("hears of a check that refuses", async () => {
    const outcome = await story.fake(["-R", "all", "deploy", "-s", 'linkedFiles=["not-there.env"]']);
    expect(outcome.exitCode, said(outcome)).toBe(1);
    expect(notes()).toEqual([expect.stringMatching(/^check deploy:check [12] CHECK_FAILED$/)]);
  });

  it("hears of a host that is down, and of all of them", async () => {
    await story.fleet.hosts[1]?.stop();
    const before = story.tree(0);
    const one = await story.fake("-R all deploy");
    expect(one.exitCode, said(one)).toBe(1);
    expect(story.tree(0)).toEqual(before);
    const [host1] = story.fleet.hosts;
    await host1?.stop();
    expect((await story.fake("-R all deploy")).exitCode).toBe(1);
    expect(notes()).toEqual(["connect connect 1 CONNECTION_REFUSED", "connect connect 2 CONNECTION_REFUSED"]);
  });
});
