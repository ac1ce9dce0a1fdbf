import { existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { secret } from "../../../src/index.ts";
import { nowhere } from "../../support/nowhere.ts";
import { createDeployRig, type DeployRig } from "./deploy-rig.ts";

const FIRST = "20261120101500";
let rig: DeployRig;

beforeEach(() => {
  rig = createDeployRig(["app1", "app2"]);
  rig.repo.commit({ "app.js": "v1", "bin/start": { executable: "#!/bin/sh\n" } }, "First");
});

afterEach(() => rig.remove());

describe("deploy", () => {
  it("brings the default branch to empty hosts, and says so", async () => {
    const { result, failures, warnings } = await rig.run("deploy");
    expect([failures, warnings]).toEqual([[], []]);
    expect(result).toMatchObject({ ok: true, exitCode: 0 });
    const sha = rig.repo.sha();
    for (const host of ["app1", "app2"]) {
      expect(readlinkSync(join(rig.root(host), "current"))).toBe(join(rig.root(host), "releases", FIRST));
      expect(rig.read(host, "current/app.js")).toBe("v1");
      expect(rig.read(host, "current/REVISION")).toBe(`${sha}\n`);
      expect(rig.read(host, "revisions.log")).toBe(`Branch main (at ${sha}) deployed as release ${FIRST} by ada\n`);
      expect(existsSync(join(rig.root(host), ".fake/lock"))).toBe(false);
    }
    expect(result.hosts).toMatchObject([
      { host: "app1", status: "ok", standing: `live: ${FIRST} (main ${sha.slice(0, 7)})` },
      { host: "app2", status: "ok", changed: [`current -> ${FIRST} (main ${sha.slice(0, 7)})`] },
    ]);
  });

  it("gives every host the same id, one second after the newest on any, whatever the clock says", async () => {
    mkdirSync(join(rig.root("app2"), "releases/20261120235959"), { recursive: true });
    await rig.run("deploy");
    expect([rig.current("app1"), rig.current("app2")]).toEqual(["20261121000000", "20261121000000"]);
    rig.clock.now -= 3_600_000;
    await rig.run("deploy");
    expect([rig.current("app1"), rig.current("app2")]).toEqual(["20261121000001", "20261121000001"]);
  });

  it("journals each release from building to live", async () => {
    await rig.run("deploy");
    const lines = rig.read("app1", ".fake/journal").split("\n");
    expect(lines.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      `${FIRST} building`,
      `${FIRST} complete`,
      `${FIRST} live`,
      "",
    ]);
  });

  it("states what it knows for the hooks of a deployfile", async () => {
    const seen: unknown[] = [];
    const deployfile = (app: Parameters<NonNullable<Parameters<DeployRig["run"]>[1]>["deployfile"] & object>[0]): void => {
      const look = app.task("look", ({ env, host }) => {
        if (host.id === "app1") seen.push([env.releaseId, env.releasePath, env.revision, env.previousRevision]);
      });
      app.after("deploy:updated", look);
    };
    const first = rig.repo.sha();
    await rig.run("deploy", { deployfile });
    const second = rig.repo.commit({ "app.js": "v2" });
    await rig.run("deploy", { deployfile });
    expect(seen).toEqual([
      [FIRST, join(rig.root("app1"), "releases", FIRST), first, ""],
      ["20261120101501", join(rig.root("app1"), "releases/20261120101501"), second, first],
    ]);
  });

  it("links shared files and directories into the release", async () => {
    const settings = { linkedFiles: [".env", "config/db.yml"], linkedDirs: ["uploads", "var/log files"] };
    for (const host of ["app1", "app2"]) {
      mkdirSync(join(rig.root(host), "shared/config"), { recursive: true });
      writeFileSync(join(rig.root(host), "shared/.env"), "KEY=1");
      writeFileSync(join(rig.root(host), "shared/config/db.yml"), "db");
    }
    rig.repo.commit({ ".env": "from the repository", "uploads/readme": "from the repository" });
    const { failures } = await rig.run("deploy", { settings });
    expect(failures).toEqual([]);
    expect(rig.read("app2", "current/.env")).toBe("KEY=1");
    expect(rig.read("app2", "current/config/db.yml")).toBe("db");
    expect(readlinkSync(join(rig.root("app2"), "current/var/log files"))).toBe(join(rig.root("app2"), "shared/var/log files"));
    expect(existsSync(join(rig.root("app2"), "current/uploads/readme"))).toBe(false);
  });

  it("deploys a branch, a tag and a commit", async () => {
    const first = rig.repo.sha();
    rig.repo.git("tag", "-a", "v1.0", "-m", "One");
    rig.repo.git("branch", "feature/x");
    rig.repo.commit({ "app.js": "v2" });
    for (const branch of ["v1.0", "feature/x", first]) {
      const { failures } = await rig.run("deploy", { settings: { branch } });
      expect(failures).toEqual([]);
      expect(rig.read("app1", "current/REVISION")).toBe(`${first}\n`);
    }
    expect(rig.read("app1", "revisions.log")).toContain(`Branch v1.0 (at ${first}) deployed`);
  });

  it("finds a short commit id with the help of the first host", async () => {
    const first = rig.repo.sha();
    rig.repo.commit({ "app.js": "v2" });
    const { failures } = await rig.run("deploy", { settings: { branch: first.slice(0, 9) } });
    expect(failures).toEqual([]);
    expect([rig.read("app1", "current/REVISION"), rig.read("app2", "current/app.js")]).toEqual([`${first}\n`, "v1"]);
  });

  it("asks the first host where the control machine cannot reach the repository", async () => {
    const environment = { PATH: nowhere };
    const { failures, events } = await rig.run("deploy", { environment });
    expect([failures, rig.read("app2", "current/REVISION")]).toEqual([[], `${rig.repo.sha()}\n`]);
    const asked = events
      .filter((event) => event.kind === "commandStarted" && event.command.startsWith("ask "))
      .map((event) => "host" in event && event.host);
    expect(asked).toEqual(["app1"]);
    const wrong = await rig.run("deploy", { environment, settings: { branch: "mian" } });
    expect(wrong.result.exitCode).toBe(2);
    expect(wrong.failures.join()).toContain('"mian" is not a branch, tag or commit');
    expect([rig.releases("app1").length, existsSync(join(rig.root("app1"), ".fake/lock"))]).toEqual([1, false]);
  });

  it("builds for each host the branch that its settings name, under one id", async () => {
    rig.repo.git("checkout", "--quiet", "-b", "next");
    rig.repo.commit({ "app.js": "next" });
    await rig.run("deploy", { hostSettings: { app1: { branch: "main" }, app2: { branch: "next" } } });
    expect([rig.read("app1", "current/app.js"), rig.read("app2", "current/app.js")]).toEqual(["v1", "next"]);
    expect([rig.current("app1"), rig.current("app2")]).toEqual([FIRST, FIRST]);
  });

  it("takes a secret for repoUrl", async () => {
    const { failures, events } = await rig.run("deploy", { settings: { repoUrl: secret(rig.repo.directory) } });
    expect([failures, rig.current("app1")]).toEqual([[], FIRST]);
    expect(JSON.stringify(events)).not.toContain(rig.repo.directory);
  });

  it("keeps keepReleases good releases", async () => {
    for (let count = 0; count < 5; count++) await rig.run("deploy", { settings: { keepReleases: 3 } });
    expect(rig.releases("app1")).toEqual(["20261120101502", "20261120101503", "20261120101504"]);
  });

  it("lets only as many hosts contact the repository at once as gitMaxConnections says", async () => {
    const many = createDeployRig(["app1", "app2", "app3", "app4", "app5"]);
    try {
      many.repo.commit({ "app.js": "v1" });
      const log = join(many.folder, "contacts");
      mkdirSync(join(many.folder, "bin"));
      const git = `#!/bin/sh\ncase " $* " in *" clone "*) echo + >>${log}; sleep 0.3; PATH=/usr/bin:/bin git "$@"; s=$?; echo - >>${log}; exit $s ;; esac\nPATH=/usr/bin:/bin exec git "$@"\n`;
      writeFileSync(join(many.folder, "bin/git"), git, { mode: 0o755 });
      const busiest = async (gitMaxConnections: number): Promise<number> => {
        writeFileSync(log, "");
        const { failures } = await many.run("deploy", { settings: { gitMaxConnections }, path: [join(many.folder, "bin")] });
        expect(failures).toEqual([]);
        let now = 0;
        return Math.max(
          ...readFileSync(log, "utf8")
            .split("\n")
            .map((sign) => (sign === "+" ? ++now : sign === "-" ? --now : now)),
        );
      };
      expect(await busiest(2)).toBe(2);
      // Each has the commit now: nobody is contacted.
      expect(await busiest(2)).toBe(0);
    } finally {
      many.remove();
    }
  });

  it("deploys one directory of the repository", async () => {
    rig.repo.commit({ "packages/web/index.html": "web", "packages/web/src/a.js": "a" });
    await rig.run("deploy", { settings: { repoTree: "packages/web" } });
    expect([rig.read("app1", "current/index.html"), existsSync(join(rig.root("app1"), "current/app.js"))]).toEqual([
      "web",
      false,
    ]);
  });
});

describe("round trips to one host", () => {
  it("are two for a deploy without hooks, also when there is something to fetch", async () => {
    const one = createDeployRig(["app1"]);
    one.repo.commit({ "app.js": "v1" });
    const settings = { linkedDirs: ["log"], keepReleases: 1 };
    const cold = await one.run("deploy", { settings });
    const warm = await one.run("deploy", { settings });
    one.repo.commit({ "app.js": "v2" });
    const changed = await one.run("deploy", { settings });
    const rollback = await one.run("rollback", { settings });
    one.remove();
    expect([cold, warm, changed, rollback].flatMap(({ failures }) => failures)).toEqual([]);
    expect([cold, warm, changed, rollback].map(({ flights }) => flights["app1"])).toEqual([2, 2, 2, 2]);
  });
});
