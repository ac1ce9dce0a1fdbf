import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject } from "vitest";
import { type Outcome, runFake } from "../support/fake.ts";
import { noServer, type OtherServer, startOtherServer } from "../support/other-servers.ts";
import { type Story, said, startStory } from "../support/story.ts";
import { outcomesOf } from "./outcome.ts";
import { versionOf } from "./versions.ts";

const SERVERS = ["dropbear", "tinysshd", "AsyncSSH"] as const;

const timeout = 120_000;

describe.each(SERVERS)("%s", (kind) => {
  const missing = noServer(kind).replace(/^ \(skipped: (.*)\)$/, "$1");
  const on = outcomesOf({
    ...{ table: "servers", name: kind, version: versionOf(kind) },
    missing: missing === "" ? undefined : missing,
  });
  let story: Story;
  let server: OtherServer;

  beforeEach(async () => {
    if (missing !== "") return;
    story = await startStory(0);
    server = await startOtherServer(kind);
  });
  afterEach(async () => {
    await server?.stop();
    await story?.end();
  });

  const path = (...parts: readonly string[]): string => join(server.home, "app", ...parts);
  const current = (): string => readlinkSync(path("current"));
  const isLocked = (): boolean => existsSync(path(".fake", "lock"));
  const fake = (words: string): Promise<Outcome> =>
    runFake(inject("installed"), ["--ssh-config", server.sshConfig, ...words.split(" ")], { cwd: story.directory });

  async function succeed(words: string): Promise<void> {
    const outcome = await fake(words);
    expect([outcome.exitCode, isLocked()], said(outcome)).toEqual([0, false]);
  }

  /** To the one server. */
  function deployfile(body = ""): void {
    const host = JSON.stringify({ host: "host1", deployPath: path() });
    story.deployfile(`role("other", [${host}]);\n${body}`);
  }

  for (const transport of ["ssh", "openssh"])
    on(`a deploy and a rollback, transport ${transport}`, { timeout }, async () => {
      deployfile(`after(steps.updated, task("input", async (t) => {
        await Promise.all(["a", "b", "c"].map((name) => t.writeFile(\`\${t.env.releasePath}/\${name}\`, name)));
      }));`);
      const on = `-R other -s transport=${transport}`;
      await succeed(`${on} deploy`);
      const first = current();
      story.repo.commit({ "index.txt": "v2\n" }, "v2");
      await succeed(`${on} deploy`);
      expect(current()).not.toBe(first);
      expect(["a", "b", "c", "index.txt"].map((name) => readFileSync(path("current", name), "utf8"))).toEqual([
        "a",
        "b",
        "c",
        "v2\n",
      ]);
      await succeed(`${on} rollback`);
      expect(current()).toBe(first);
    });

  on("a task that fails, or takes too long", { timeout }, async () => {
    deployfile();
    await succeed("-R other deploy");
    const first = current();
    for (const line of ["exit 3", "sleep 1000"]) {
      deployfile(`after(steps.updated, task("bad", async (t) => { await t.run({ timeout: "1s" })\`${line}\`; }));`);
      const outcome = await fake("-R other deploy");
      expect([outcome.exitCode, current(), isLocked()], said(outcome)).toEqual([1, first, false]);
    }
  });
});
