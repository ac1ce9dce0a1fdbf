import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDeployRig, type DeployRig } from "./deploy-rig.ts";

const [R1, R2, R3] = ["20261120101500", "20261120101501", "20261120101502"] as const;
let rig: DeployRig;
let shas: string[];

let restore: () => void;

beforeAll(async () => {
  rig = createDeployRig(["app1", "app2"]);
  shas = [];
  for (const version of ["v1", "v2", "v3"]) {
    shas.push(rig.repo.commit({ "app.js": version }));
    await rig.run("deploy");
  }
  restore = rig.save();
});

beforeEach(() => restore());

afterAll(() => rig.remove());

const file = (host: string, path: string): string => join(rig.root(host), path);
const statusOf = (host: string, id: string): string | undefined =>
  rig
    .read(host, ".fake/journal")
    .trim()
    .split("\n")
    .findLast((line) => line.startsWith(id))
    ?.split(" ")[1];

describe("rollback", () => {
  it("goes back to the release before on all hosts, without the repository, and marks what it left as bad", async () => {
    rig.repo.remove();
    const { failures, result } = await rig.run("rollback");
    expect(failures).toEqual([]);
    for (const host of ["app1", "app2"]) {
      expect([rig.current(host), statusOf(host, R3), existsSync(file(host, ".fake/lock"))]).toEqual([R2, "bad", false]);
      expect(rig.read(host, "revisions.log").trim().split("\n").at(-1)).toBe(`ada rolled back to release ${R2}`);
    }
    expect(result.hosts[0]?.standing).toBe(`live: ${R2} (main ${shas[1]?.slice(0, 7)})`);
  });

  it("goes one further back each time, never to a bad one", async () => {
    await rig.run("rollback");
    await rig.run("rollback");
    expect(rig.current("app1")).toBe(R1);
    const { failures, result } = await rig.run("rollback");
    expect(failures.join()).toContain("No good release older than the live one is on app1, app2.");
    expect([result.exitCode, rig.current("app1")]).toEqual([1, R1]);
  });

  it("goes to the release that --to names", async () => {
    await rig.run("rollback", { args: { rollback: { to: R1 } } });
    expect([rig.current("app1"), rig.current("app2")]).toEqual([R1, R1]);
  });

  it("goes forward again to a bad release when --to says so, with a warning", async () => {
    await rig.run("rollback");
    const { warnings, failures } = await rig.run("rollback", { args: { rollback: { to: R3 } } });
    expect(failures).toEqual([]);
    expect(warnings.join()).toContain(`${R3} was rolled back from before.`);
    expect([rig.current("app1"), statusOf("app1", R2)]).toEqual([R3, "live"]);
  });

  it("is followed by a deploy that leaves the bad release behind", async () => {
    await rig.run("rollback");
    rig.repo.commit({ "app.js": "v4" });
    await rig.run("deploy");
    await rig.run("rollback");
    expect(rig.current("app1")).toBe(R2);
  });

  it("chooses one release for all hosts, the newest that is good on each", async () => {
    rmSync(file("app2", `releases/${R2}`), { recursive: true });
    await rig.run("rollback");
    expect([rig.current("app1"), rig.current("app2")]).toEqual([R1, R1]);
  });

  it("packs and removes what it left when archiveRolledBack is set", async () => {
    await rig.run("rollback", { settings: { archiveRolledBack: true } });
    expect([rig.releases("app1"), existsSync(file("app1", `rolled-back-release-${R3}.tar.gz`))]).toEqual([[R1, R2], true]);
  });

  it("works with a journal that is gone or garbage, by revisions.log", async () => {
    rmSync(file("app1", ".fake"), { recursive: true });
    writeFileSync(file("app2", ".fake/journal"), '{"version": 2}\n\u0000\u0001garbage');
    await rig.run("rollback");
    expect([rig.current("app1"), rig.current("app2")]).toEqual([R2, R2]);
  });

  it("states the release it goes to for hooks", async () => {
    const seen: unknown[] = [];
    await rig.run("rollback", {
      deployfile: (app) => {
        app.after(
          "deploy:reverted",
          app.task("look", ({ env }) => void seen.push([env.releaseId, env.releasePath, env.revision])),
        );
      },
    });
    expect(seen[0]).toEqual([R2, file("app1", `releases/${R2}`), shas[1]]);
  });
});

describe("a rollback that cannot be", () => {
  const attempt = async (to?: string): Promise<string> => {
    const { failures, result } = await rig.run("rollback", { args: { rollback: { to } } });
    expect([result.exitCode, existsSync(file("app1", ".fake/lock"))]).toEqual([1, false]);
    return failures.join("\n");
  };

  it("says that all hosts are there already", async () => {
    expect(await attempt(R3)).toContain(`All hosts are on ${R3} already.`);
  });

  it("says that there is no such release", async () => {
    expect(await attempt("20200101000000")).toContain("There is no release 20200101000000.");
  });

  it("says where the release was removed", async () => {
    rmSync(file("app2", `releases/${R1}`), { recursive: true });
    expect(await attempt(R1)).toContain(`The release ${R1} has been removed from app2.`);
  });

  it("says where the release never was", async () => {
    renameSync(rig.root("app2"), `${rig.root("app2")}.old`);
    await rig.run("deploy");
    expect(await attempt(R1)).toContain(`The release ${R1} was never on app2.`);
  });

  it("says where the release is not whole", async () => {
    writeFileSync(file("app2", ".fake/journal"), `${R1} building 2026-11-20T10:15:00Z ${shas[0]} main ada run1 ;\n`, {
      flag: "a",
    });
    expect(await attempt(R1)).toContain(`The release ${R1} is not whole on app2`);
  });

  it("shows releases by host when no release is good on all", async () => {
    for (const id of [R1, R2]) rmSync(file(id === R1 ? "app1" : "app2", `releases/${id}`), { recursive: true });
    const message = await attempt();
    expect(message).toContain(
      `${R2} is good on all but app2: rollback -x app2, rollback --to ${R2} --build, or deploy -s branch=${shas[1]} puts that commit on all.`,
    );
    const row = (id: string, label: string): RegExp =>
      new RegExp(`${id} +${label} +${shas[Number(id.at(-1))]?.slice(0, 7)} +main `);
    const [app1 = "", app2 = ""] = message.split("app2\n");
    for (const table of [app1, app2]) expect(table).toMatch(row(R3, "live"));
    expect([row(R2, "good").test(app1), row(R2, "good").test(app2)]).toEqual([true, false]);
    expect([row(R1, "good").test(app1), row(R1, "good").test(app2)]).toEqual([false, true]);
    expect([rig.current("app1"), rig.current("app2")]).toEqual([R3, R3]);
  });

  it("says that nothing is deployed", async () => {
    for (const host of ["app1", "app2"]) rmSync(rig.root(host), { recursive: true });
    expect(await attempt()).toContain("Nothing is live on app1, app2");
  });
});
