import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allShells } from "../command/shells.ts";
import { canReplaceSh, findSshd, NO_SSHD } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";
import { unless } from "../support/unless.ts";

/** All but the one that each other story is played on. */
const shells = allShells.filter(({ name, missing }) => name !== "dash" && missing === undefined);
const isPlayed = findSshd() !== undefined && canReplaceSh;
const why = NO_SSHD || unless(canReplaceSh, "no file systems of its own");

describe.skipIf(!isPlayed)(`hosts whose /bin/sh is each another one${why}`, () => {
  let story: Story;
  beforeAll(async () => {
    story = await startStory(0);
    for (const { name, path } of shells) await story.fleet.add({ name: name.replaceAll(" ", "-"), sh: path });
    story.deployfile(
      'task("migrate", async (t) => { await t.within(t.env.releasePath).run`sleep 0.01 & wait; cat index.txt >migrated`; });' +
        'after("deploy:updated", "migrate");',
      'linkedDirs: ["log"]',
    );
  });
  afterAll(() => story?.end());

  const all = (what: (host: number) => unknown): readonly unknown[] => shells.map((_, host) => what(host));

  it("are deployed to and rolled back together, and no lock is left", async () => {
    const ids: (string | undefined)[] = [];
    for (const text of ["v1\n", "v2\n"]) {
      story.repo.commit({ "index.txt": text }, text.trim());
      const outcome = await story.succeed("-R all deploy");
      expect(said(outcome)).not.toContain("warning");
      ids.push(story.current(0));
      expect(all((host) => [story.current(host), story.read(host, "current", "migrated")])).toEqual(
        all(() => [ids.at(-1), text]),
      );
    }
    await story.succeed("-R all rollback");
    expect(all((host) => [story.current(host), story.locked(host)])).toEqual(all(() => [ids[0], false]));
    expect(all((host) => story.read(host, "current", "index.txt"))).toEqual(all(() => "v1\n"));
  });
});
