import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { binary } from "../support/fake.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";
import { unless } from "../support/unless.ts";

/** A user namespace in which we have an id that no user database knows, as in a container. */
const STRANGER = ["--user", "--map-user=54321"];

const sshd = findSshd() !== undefined;
const hasStranger = spawnSync("unshare", [...STRANGER, "true"]).status === 0;

describe.skipIf(!sshd)(`an odd home${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  beforeAll(async () => {
    story = await startStory(1);
  });
  afterAll(() => story?.end());

  it("that is empty is as if it were not set", async () => {
    await story.succeed("-R all deploy -s scm=push", { env: { HOME: "", XDG_CACHE_HOME: "" } });
    await story.succeed("-R all deploy -s scm=push --force", { env: { HOME: "", XDG_CACHE_HOME: "relative" } });
    expect(readdirSync(story.directory).filter((name) => [".cache", "relative"].includes(name))).toEqual([]);
  });

  it.skipIf(!hasStranger)(`of a user whom nobody knows is HOME${unless(hasStranger, "there are no user namespaces")}`, () => {
    const run = (...args: readonly string[]): string => {
      const env = { PATH: process.env["PATH"], NO_COLOR: "1", HOME: story.directory };
      const fake = [process.execPath, binary(inject("installed")), ...args];
      const { status, stdout, stderr } = spawnSync("unshare", [...STRANGER, ...fake], {
        ...{ cwd: story.directory, env, encoding: "utf8" },
      });
      return `${status} ${stdout}${stderr}`;
    };
    const config = story.fleet.sshConfig;
    expect(run("--ssh-config", config, "exec", "-R", "all", "--", "echo", "through")).toMatch(/^0 [\s\S]*through/);
    story.repo.commit({ "index.txt": "v2\n" }, "v2");
    expect(run("--ssh-config", config, "-R", "all", "deploy", "-s", "scm=push")).toMatch(/^0 /);
    expect(existsSync(join(story.directory, ".cache/fake-deploy/packs"))).toBe(true);
    writeFileSync(join(story.directory, "empty_config"), "");
    const nobody = run("--ssh-config", "empty_config", "exec", "-H", "127.0.0.1", "--", "true");
    expect(nobody).toContain("Nobody says who logs in on 127.0.0.1: the user database here does not know this user.");
    expect(nobody).toContain("Write user@127.0.0.1");
  });

  // Node itself takes no module from below a directory with \ in its name.
  it("of a project is a directory of any name", async () => {
    for (const name of ["*x", "a?[b]{c,d}#%41", "ü '\"$(x)`"]) {
      const cwd = join(story.directory, name);
      mkdirSync(cwd);
      cpSync(join(story.directory, "deployfile.ts"), join(cwd, "deployfile.ts"));
      expect([name, said(await story.fake("env -R all application", { cwd }))]).toEqual([name, "shop\n"]);
    }
  });

  it("without git is said to be so in one sentence", async () => {
    const { exitCode, ...outcome } = await story.fake("-R all deploy -s scm=push", { env: { PATH: story.directory } });
    expect([exitCode, said({ exitCode, ...outcome })]).toEqual([
      2,
      expect.stringContaining("there is no git on this machine: install it"),
    ]);
  });
});
