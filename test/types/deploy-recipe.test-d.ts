import {
  type App,
  defineDeployfile,
  type Recipe,
  type Secret,
  type SettingInputs,
  type Settings,
  secret,
  type TaskContext,
  type TaskHandle,
} from "fake-deploy";
import { type DeployHandles, type DeploySettings, deploy, type Strategy } from "fake-deploy/recipes/deploy";
import { describe, expectTypeOf, it } from "vitest";

declare const app: App;
declare const t: TaskContext;

describe("the deploy recipe", () => {
  it("gives its flows, stages and steps as handles", () => {
    expectTypeOf(deploy()).toExtend<Recipe<DeployHandles>>();
    expectTypeOf(app.use(deploy()).finished).toEqualTypeOf<TaskHandle>();
    expectTypeOf(app.use(deploy()).steps["deploy:symlink:release"]).toEqualTypeOf<TaskHandle>();
    // @ts-expect-error there is no such step
    app.use(deploy()).steps["deploy:symlink"];
  });

  it("adds its settings and facts to every env", () => {
    expectTypeOf<Settings>().toExtend<DeploySettings>();
    expectTypeOf(t.env.keepReleases).toEqualTypeOf<number>();
    expectTypeOf(t.env.linkedDirs).toEqualTypeOf<readonly string[]>();
    expectTypeOf(t.env.releasePath).toEqualTypeOf<string>();
    expectTypeOf(t.env.scm).toEqualTypeOf<"git" | "push" | Strategy>();
  });

  it("takes the repository with a password in it as a secret, and nothing else", () => {
    expectTypeOf(t.env.repoUrl).toEqualTypeOf<string | Secret>();
    app.env.set({ repoUrl: secret(() => process.env["REPO_URL"] ?? "") });
    // @ts-expect-error paths are text
    app.env.set({ deployPath: secret("/srv/shop") });
  });

  it("refuses values of another type", () => {
    app.env.set({ scm: "push", minFreeSpace: "2G", submodules: "fail" });
    // @ts-expect-error there is no such strategy
    app.env.set({ scm: "svn" });
    // @ts-expect-error a number of releases
    app.role("web", { hosts: ["a"], keepReleases: "5" });
  });
});

describe("a key that nobody declares", () => {
  it("does not compile", () => {
    // @ts-expect-error keepReleases
    app.env.set({ keepRelases: 3 });
    // @ts-expect-error branch
    app.role("web", { hosts: ["a"], brnach: "main" });
    // @ts-expect-error branch
    app.host("a", { brnach: "main" });
    // @ts-expect-error nobody declares it
    t.env.set("x", 1);
    // @ts-expect-error a fact has a value
    t.env.set("releaseId");
    // @ts-expect-error nobody declares it
    t.env.setForRun("x", 1);
    // @ts-expect-error an id is text
    t.env.set("releaseId", 5);
    t.env.set("releaseId", "20260101120000");
  });

  it("is declared by the deployfile's own type", () => {
    defineDeployfile<{ region: string }>(({ env, role, task }) => {
      env.set({ region: "eu", keepReleases: 3 });
      role("web", { hosts: ["a"], region: "us" });
      task("look", (t) => t.env.set("region", "us"));
      // @ts-expect-error region
      env.set({ reggion: "eu" });
    });
  });

  it("may be any where the deployfile says so", () => {
    defineDeployfile<Record<string, unknown>>(({ env, role }) => {
      env.set({ anything: 1, list: ["a"], later: async () => "x", none: undefined });
      role("web", { hosts: ["a"], anything: 2 });
    });
  });
});

describe("values of settings", () => {
  it("can be put together from several places", () => {
    const shared: SettingInputs = { application: "shop", branch: process.env["BRANCH"] };
    app.env.set({ ...shared, keepReleases: 3 });
    app.role("web", { hosts: ["a"], ...shared });
  });

  it("may be data of any shape", () => {
    interface Zone {
      readonly name: string;
    }
    const zone: Zone = { name: "eu" };
    defineDeployfile<{ zone: Zone; zones: readonly Zone[]; since: Date }>(({ env }) => {
      env.set({ zone, zones: [zone], since: new Date(0) });
    });
  });

  it("are no promises: what takes time is a function", () => {
    // @ts-expect-error env.set({ keepReleases: async () => 1 })
    app.env.set({ keepReleases: Promise.resolve(1) });
    app.env.set({ keepReleases: async () => 1 });
  });
});
