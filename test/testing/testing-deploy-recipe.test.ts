import { describe, expect, it } from "vitest";
import { defineDeployfile } from "../../src/index.ts";
import { deploy } from "../../src/recipes/deploy/index.ts";
import { createTestRun } from "../../src/testing.ts";

const shop = defineDeployfile(({ use, env, role, task, after, before }) => {
  const { finished } = use(deploy());
  env.set({ application: "shop", repoUrl: "git@example.com:shop/app.git", deployPath: "/srv/shop" });
  role("web", ["app1", "app2"]);
  before(
    "deploy:symlink:release",
    task("migrate", { once: "run", commands: (t) => [t.within(t.env.releasePath).cmd`./bin/migrate`] }),
  );
  after(
    finished,
    task("restart", async ({ run, env }) => void (await run`restart ${env.application}`)),
  );
});
const sha = "1a2b3c4d".repeat(5);
const resolvedRevision = { id: sha, label: "main" };

describe("a deployfile with the deploy recipe, in memory", () => {
  it("shows each step of a deploy in a dry run, which asks nobody", async () => {
    const run = await createTestRun(shop, { roles: ["web"], tasks: ["deploy"], dryRun: true });
    expect(run.result.ok).toBe(true);
    expect(run.commands("app1")).toContainEqual(expect.stringContaining("./bin/migrate"));
    const tasks = run.of("taskStarted").filter(({ host }) => host === "app2");
    expect(tasks.map(({ task }) => task)).not.toContain("migrate");
    expect(tasks.at(-3)).toMatchObject({ task: "restart" });
  });

  it("deploys a commit that it is given", async () => {
    const run = await createTestRun(shop, { roles: ["web"], tasks: ["deploy"], set: { resolvedRevision } });
    expect(run.result.failures).toEqual([]);
    expect(run.commands("app2")).toContain("restart shop");
  });

  it("refuses a setting that is not right", async () => {
    const wrong = createTestRun(shop, { roles: ["web"], tasks: ["deploy"], set: { keepReleases: 0 } });
    await expect(wrong).rejects.toThrow("`keepReleases`");
  });
});
