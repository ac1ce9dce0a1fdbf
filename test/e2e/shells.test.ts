import { afterAll, beforeAll, describe, expect } from "vitest";
import { allShells } from "../command/shells.ts";
import { outcomesOf } from "../elsewhere/outcome.ts";
import { versionOf } from "../elsewhere/versions.ts";
import { noShReplaced } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const shells = allShells.filter(({ missing }) => missing === undefined);

describe("hosts whose /bin/sh is each another one", () => {
  let story: Story;
  /** By host: the releases that were live, and whether it was locked at the end. */
  let found: readonly { readonly live: readonly unknown[]; readonly isLocked: boolean }[];
  const outcomes: Awaited<ReturnType<Story["fake"]>>[] = [];
  beforeAll(async () => {
    if (noShReplaced !== undefined) return;
    story = await startStory(0);
    for (const { name, path } of shells) await story.fleet.add({ name: name.replaceAll(" ", "-"), sh: path });
    story.deployfile(
      'task("migrate", async (t) => { await t.within(t.env.releasePath).run`sleep 0.01 & wait; cat index.txt >migrated`; });' +
        'after("deploy:updated", "migrate");',
      'linkedDirs: ["log"]',
    );
    const live = shells.map((): unknown[] => []);
    for (const verb of ["deploy", "deploy", "rollback"]) {
      if (verb === "deploy") story.repo.commit({ "index.txt": `v${outcomes.length + 1}\n` }, "again");
      const outcome = await story.fake(`-R all ${verb}`);
      outcomes.push(outcome);
      if (outcome.exitCode !== 0) break;
      for (const [host, own] of live.entries())
        own.push([story.current(host), ...["index.txt", "migrated"].map((file) => story.read(host, "current", file))]);
    }
    found = live.map((own, host) => ({ live: own, isLocked: story.locked(host) }));
  });
  afterAll(() => story?.end());

  for (const { name, missing } of allShells) {
    const on = outcomesOf({ table: "shells", name, version: versionOf(name), missing: missing ?? noShReplaced });

    on("a deploy and a rollback", () => {
      for (const outcome of outcomes) {
        expect(outcome.exitCode, said(outcome)).toBe(0);
        expect(said(outcome)).not.toContain("warning");
      }
      const own = found[shells.findIndex((shell) => shell.name === name)];
      const [first, second] = own?.live ?? [];
      expect(own).toEqual({ live: [first, second, first], isLocked: false });
      expect([first, second]).toEqual([1, 2].map((index) => [expect.stringMatching(/./), `v${index}\n`, `v${index}\n`]));
      expect(first).not.toEqual(second);
    });
  }
});
