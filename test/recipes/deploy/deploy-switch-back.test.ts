import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeployRig, type DeployRig } from "./deploy-rig.ts";

const [R1, R2, R3] = ["20261120101500", "20261120101501", "20261120101502"] as const;
let rig: DeployRig;

beforeEach(() => {
  rig = createDeployRig(["app1", "app2", "app3"]);
  rig.repo.commit({ "app.js": "v1" });
});
afterEach(() => rig.remove());

/** A folder with an `mv` that lets each link be moved so often on the host, and not again. */
function mvThatFails(times: Readonly<Record<string, number>>): string {
  const bin = join(rig.folder, "bin");
  mkdirSync(bin);
  const limits = Object.entries(times).map(([host, count]) => `*/${host}/*/current) limit=${count}; host=${host} ;;`);
  const text = [
    "#!/bin/sh",
    "limit=",
    `case $2 in ${limits.join(" ")} esac`,
    `[ -z "$limit" ] || { echo >>${bin}/moved-$host; [ "$(wc -l <${bin}/moved-$host)" -le "$limit" ] || { echo "mv: no such luck" >&2; exit 1; }; }`,
    'exec /bin/mv "$@"',
  ];
  writeFileSync(join(bin, "mv"), `${text.join("\n")}\n`, { mode: 0o755 });
  return bin;
}

describe("a host that cannot be put back after another could not switch", () => {
  it("is named with what is live there, and so is every other; the next deploy brings them together", async () => {
    await rig.run("deploy");
    rig.repo.commit({ "app.js": "v2" });
    const { result, failures } = await rig.run("deploy", { path: [mvThatFails({ app1: 1, app3: 0 })] });
    expect(result.exitCode).toBe(1);
    expect(failures.map((failure) => failure.split(" ").slice(0, 2).join(" "))).toEqual([
      "app3 deploy:symlink:release:",
      "app1 deploy:switch-back:",
    ]);
    expect([rig.current("app1"), rig.current("app2"), rig.current("app3")]).toEqual([R2, R1, R1]);
    const standing = Object.fromEntries(result.hosts.map((host) => [host.host, host.standing ?? ""]));
    expect(standing["app1"]).toMatch(new RegExp(`^live: ${R2} .*, but deploy:symlink:release failed`));
    expect(standing["app2"]).toMatch(new RegExp(`^live: ${R1} .*, as before`));
    expect(standing["app3"]).toMatch(new RegExp(`^live: ${R1} .*, as before`));
    // What is live is never removed, whatever else has failed.
    expect(readFileSync(join(rig.root("app1"), "current/app.js"), "utf8")).toBe("v2");
    expect((await rig.run("deploy")).failures).toEqual([]);
    expect([rig.current("app1"), rig.current("app2"), rig.current("app3")]).toEqual([R3, R3, R3]);
  });
});
