import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type App, Secret } from "../../../src/index.ts";
import { command, secrets } from "../../../src/recipes/secrets/index.ts";
import { createDeployRig, type DeployRig, type Run } from "../deploy/deploy-rig.ts";

let rig: DeployRig;

beforeEach(() => {
  rig = createDeployRig(["app1", "app2"]);
  rig.repo.commit({ "index.txt": "v1" }, "v1");
});
afterEach(() => rig.remove());

const deploy = (settings: object, more: Parameters<DeployRig["run"]>[1] = {}): Promise<Run> => {
  rig.clock.now += 60_000;
  return rig.run("deploy", {
    ...more,
    deployfile: (app: App) => void app.use(secrets()),
    settings: { linkedFiles: [".env"], ...settings },
  });
};
const file = (host: string): string => join(rig.root(host), "shared/.env");

describe("the file of variables", () => {
  it("is written whole before a deploy looks for it, for nobody else to read", async () => {
    const { failures, events } = await deploy({ secretsFrom: [{ TOKEN: new Secret("s3cr3t"), PORT: 3000 }] });
    expect(failures).toEqual([]);
    for (const host of ["app1", "app2"]) {
      expect(rig.read(host, "current/.env")).toBe("PORT=3000\nTOKEN=s3cr3t\n");
      expect(statSync(file(host)).mode & 0o777).toBe(0o600);
      expect(readdirSync(join(rig.root(host), "shared"))).toEqual([".env"]);
    }
    expect(JSON.stringify(events)).not.toContain("s3cr3t");
  });

  it("is left alone where it is the same, but for its mode", async () => {
    await deploy({ secretsFrom: [{ PORT: 3000 }] });
    const before = statSync(file("app1")).ino;
    chmodSync(file("app1"), 0o644);
    const same = await deploy({ secretsFrom: [{ PORT: 3000 }] });
    expect([statSync(file("app1")).ino, statSync(file("app1")).mode & 0o777]).toEqual([before, 0o600]);
    expect(JSON.stringify(same.events)).not.toContain("wrote ");
    const other = await deploy({ secretsFrom: [{ PORT: 3001 }], secretsMode: "640" });
    expect([rig.read("app1", "shared/.env"), statSync(file("app1")).mode & 0o777]).toEqual(["PORT=3001\n", 0o640]);
    expect(JSON.stringify(other.events)).toContain(`wrote ${rig.root("app1")}/shared/.env`);
  });

  it("leaves nothing of a write that was cut off in an earlier run, and all else alone", async () => {
    mkdirSync(join(rig.root("app1"), "shared"), { recursive: true });
    for (const name of [".env.fake-run0", ".env.local"]) writeFileSync(join(rig.root("app1"), "shared", name), "TOKEN=old\n");
    expect((await deploy({ secretsFrom: [{ PORT: 3000 }] })).failures).toEqual([]);
    expect(readdirSync(join(rig.root("app1"), "shared")).sort()).toEqual([".env", ".env.local"]);
  });

  it("costs no round trip", async () => {
    await deploy({ secretsFrom: [{ PORT: 3000 }] });
    const warm = await deploy({ secretsFrom: [{ PORT: 3001 }] });
    rig.clock.now += 60_000;
    const without = await rig.run("deploy", { settings: { linkedFiles: [".env"] } });
    expect(warm.flights).toEqual(without.flights);
  });

  it("stops a deploy before anything is sent where a secret cannot be read", async () => {
    const run = await deploy({ secretsFrom: [{ PORT: 3000 }], secretsContent: command("echo no entry >&2; exit 1") });
    expect(run.failures.join()).toContain("exit code 1: no entry");
    expect(existsSync(rig.root("app1"))).toBe(false);
  });

  it("is not touched by a rollback, or where nothing is to be in it", async () => {
    await deploy({ secretsFrom: [{ PORT: 3000 }] });
    await deploy({ secretsFrom: [] });
    expect(rig.read("app1", "shared/.env")).toBe("PORT=3000\n");
    writeFileSync(file("app1"), "PORT=1\n");
    const back = await rig.run("rollback", {
      deployfile: (app: App) => void app.use(secrets()),
      settings: { secretsFrom: [{ PORT: 3002 }], linkedFiles: [".env"] },
    });
    expect([back.failures, rig.read("app1", "shared/.env")]).toEqual([[], "PORT=1\n"]);
  });
});
