import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { type Outcome, runFake, startFake, wordsOf } from "../support/fake.ts";
import { createGitRepo } from "../support/git-repo.ts";

const PROJECT = {
  "index.html": "<h1>shop</h1>\n",
  "bin/build": { executable: "#!/bin/sh\ncp index.html built\n" },
};

/** A deploy with a build, a flag that says that work is going on, and a restart. */
const deployfile = (more: string): string => `
import { defineDeployfile } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";

export default defineDeployfile(({ env, role, task, before, after, use, rehearse }) => {
  const { updated, finished } = use(deploy());
  env.set({
    application: "shop",
    repoUrl: "git@example.com:shop/app.git",
    deployPath: "/srv/fake-rehearsed-never",
    linkedDirs: ["uploads"],
    linkedFiles: [".env"],
  });
  role("production", ["app1.example.com"]);
  before(updated, task("build", async (t) => void (await t.within(t.env.releasePath).run\`./bin/build\`)));
  after(finished, task("restart", async (t) => void (await t.run\`sudo systemctl restart \${t.env.application}\`)));
  after(finished, task("tell", { local: true }, () => { throw new Error("somebody was told"); }));
  ${more}
});
`;

const STAND_IN = 'rehearse({ commands: { "sudo systemctl restart *": "ok" } });';

describe.skipIf(process.platform !== "linux")(`fake rehearse${process.platform === "linux" ? "" : " (no Linux)"}`, () => {
  let cwd: string;
  let temporary: string;

  beforeEach(() => {
    cwd = realpathSync(mkdtempSync(join(tmpdir(), "fake-rehearse-story-")));
    temporary = join(cwd, "tmp");
    mkdirSync(temporary);
  });
  afterEach(() => {
    // Nothing is left of any rehearsal, however it ended.
    expect(readdirSync(temporary)).toEqual([]);
    rmSync(cwd, { recursive: true, force: true });
  });

  const write = (more: string): void => {
    const repo = createGitRepo(join(cwd, "app"));
    repo.commit({ ...PROJECT, "deployfile.ts": deployfile(more) });
    repo.git("remote", "add", "origin", "https://example.com/shop/app");
  };
  const options = () => ({ cwd: join(cwd, "app"), env: { TMPDIR: temporary, XDG_CACHE_HOME: join(cwd, "cache") } });
  const fake = (...words: readonly string[]): Promise<Outcome> => runFake(inject("installed"), words, options());

  it("plays a sample of crashes on throwaway hosts, and touches nothing else", async () => {
    write(STAND_IN);
    const sample = ["--sample", "3", "--seed", "3", "--json"];
    const { exitCode, stdout, stderr } = await fake("rehearse", "deploy", "-R", "production", ...sample);
    expect(exitCode, stdout + stderr).toBe(0);
    const report = JSON.parse(stdout) as {
      played: { case: string; violations: unknown[]; exitCode: number | null }[];
      seed: number;
    };
    expect(report.seed).toBe(3);
    expect(report.played).toHaveLength(3);
    expect(report.played.flatMap(({ violations }) => violations)).toEqual([]);
    // Faults that do nothing would be of no use.
    expect(report.played.filter((one) => one.exitCode !== 0).length).toBeGreaterThan(1);
    expect(stderr).toContain("not run: the local tasks tell (--local runs them)");
  }, 300_000);

  it("finds what a recipe leaves behind, and says how to play that case again", async () => {
    write(`${STAND_IN}
  before(updated, task("close", async (t) => void (await t.run\`touch \${t.env.sharedPath}/closed\`)));
  after(finished, task("open", async (t) => void (await t.run\`rm -f \${t.env.sharedPath}/closed\`)));
  rehearse({ check: async (t) => { if (await t.exists(\`\${t.sharedPath}/closed\`)) throw new Error("the shop stays closed"); } });`);
    const typed = ["rehearse", "deploy", "-R", "production", "--case", "open#1/client SIGKILL/app1.example.com"];
    const { exitCode, stdout, stderr } = await fake(...typed);
    expect(exitCode, stdout + stderr).toBe(1);
    expect(stdout).toContain("VIOLATED open#1/client SIGKILL/app1.example.com");
    expect(stdout).toMatch(/check: the shop stays closed \(deployfile\.ts:\d+\) \(app1\.example\.com, after the run\)/);
    expect(wordsOf(/again: fake (.*)/.exec(stdout)?.[1])).toEqual(typed);
  }, 300_000);

  it("says what fails without any fault, and how to stand in for it", async () => {
    write("");
    const { exitCode, stdout, stderr } = await fake("rehearse", "deploy", "-R", "production", "--sample", "1");
    expect(exitCode).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("The first clean run fails (exit code 1), without any fault");
    expect(stderr).toContain('rehearse({ commands: { "sudo systemctl restart shop": "ok" } })');
  }, 300_000);

  it("plays two hosts of each set of roles, and lets no request from here change anything", async () => {
    write(`${STAND_IN}
  role("more", ["b1.example.com", "b2.example.com", "b3.example.com"]);
  before(updated, task("post", async () => void (await fetch("http://127.0.0.1:9/hook", { method: "POST" }))));`);
    const { exitCode, stderr } = await fake("rehearse", "deploy", "-R", "more", "--sample", "1");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("like these, and not played: b3.example.com\n");
    expect(stderr).toContain("A rehearsal sends no POST to http://127.0.0.1:9/hook; --local lets it.");
  }, 300_000);

  it("says what it cannot rehearse before it starts anything", async () => {
    write(STAND_IN);
    writeFileSync(join(cwd, "deployfile.ts"), deployfile(STAND_IN));
    const task = await fake("rehearse", "restart", "-R", "production");
    expect(task.exitCode).toBe(2);
    expect(task.stderr).toContain("A rehearsal plays one flow, and restart is not one.");
    const flow = await fake("rehearse", "dploy", "-R", "production");
    expect([flow.exitCode, flow.stdout]).toEqual([2, ""]);
    expect(flow.stderr).toContain('Did you mean "deploy"?');
    const path = await fake("rehearse", "deploy", "-R", "production", "-s", "deployPath=/srv/shop");
    expect(path.exitCode).toBe(2);
    expect(path.stderr).toContain("A rehearsal sets deployPath itself.");
    const config = await fake("rehearse", "deploy", "-R", "production", "--ssh-config", "deployfile.ts");
    expect(config.exitCode).toBe(2);
    expect(config.stderr).toContain("--ssh-config says nothing to this rehearsal");
    const elsewhere = await runFake(inject("installed"), ["rehearse", "deploy", "-R", "production"], { ...options(), cwd });
    expect(elsewhere.exitCode).toBe(2);
    expect(elsewhere.stderr).toContain("A rehearsal needs a clone of git@example.com:shop/app.git on this machine");
  }, 120_000);

  it("leaves nothing behind after ctrl-C", async () => {
    write(STAND_IN);
    const run = startFake(inject("installed"), ["rehearse", "deploy", "-R", "production"], options());
    // In the middle of the first clean run.
    await run.seen("  code: ");
    run.child.kill("SIGINT");
    expect((await run.outcome).exitCode).toBe(130);
  }, 300_000);
});
