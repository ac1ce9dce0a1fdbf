import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeployRig, type DeployRig, type Run } from "./deploy-rig.ts";

const DAY = 86_400;
const NOW = Date.UTC(2026, 10, 20, 10, 15, 0);
const [R1, R2, R3] = ["20261120101500", "20261120101501", "20261120101502"] as const;
let rig: DeployRig;

beforeEach(() => {
  rig = createDeployRig(["app1", "app2"]);
  rig.repo.commit({ "app.js": "v1" });
});
afterEach(() => rig.remove());

/** A folder with a `date` that is wrong by so many seconds. */
function wrongDate(seconds: number): string {
  const bin = join(rig.folder, `date${seconds}`);
  mkdirSync(bin);
  // As of the clock that ids are made from: what the host adds is its error alone.
  writeFileSync(join(bin, "date"), `#!/bin/sh\nexec /bin/date -d @${Math.floor(NOW / 1000) + seconds} "$@"\n`, { mode: 0o755 });
  return bin;
}

/** By host: they say it in any order. */
const clockWords = ({ events }: Run): readonly string[] =>
  events
    .flatMap((event) =>
      event.kind === "message" && event.text.startsWith("Its clock is") ? [`${event.host} ${event.text}`] : [],
    )
    .toSorted();

describe.each([
  ["ahead", DAY],
  ["behind", -DAY],
])("a host whose clock is a day %s", (word, seconds) => {
  it("is told, and its releases are in the order in which they were made", async () => {
    const path = [wrongDate(seconds)];
    const first = await rig.run("deploy", { path });
    expect([first.failures, clockWords(first)]).toEqual([
      [],
      ["app1", "app2"].map((host) => `${host} Its clock is 24 h ${word}.`),
    ]);
    // The journal has the host's own time, and nobody sorts by it.
    const times = new Set(
      rig
        .read("app1", ".fake/journal")
        .trim()
        .split("\n")
        .map((line) => line.split(" ")[2]?.slice(0, 10)),
    );
    expect([...times]).toEqual([word === "ahead" ? "2026-11-21" : "2026-11-19"]);
    rig.repo.commit({ "app.js": "v2" });
    expect((await rig.run("deploy")).failures).toEqual([]);
    rig.repo.commit({ "app.js": "v3" });
    expect((await rig.run("deploy", { path, settings: { keepReleases: 2 } })).failures).toEqual([]);
    expect([rig.releases("app1"), rig.current("app2")]).toEqual([[R2, R3], R3]);
    expect((await rig.run("rollback", { path })).failures).toEqual([]);
    expect([rig.current("app1"), readFileSync(join(rig.root("app2"), "current/app.js"), "utf8")]).toEqual([R2, "v2"]);
  });
});

describe("a control machine whose clock goes back a day", () => {
  it("makes later ids all the same, and goes back to what was live before", async () => {
    await rig.run("deploy");
    rig.clock.now = NOW - DAY * 1000;
    expect((await rig.run("deploy")).failures).toEqual([]);
    expect(rig.releases("app1")).toEqual([R1, R2]);
    expect((await rig.run("rollback")).failures).toEqual([]);
    expect(rig.current("app1")).toBe(R1);
    rig.clock.now = NOW + DAY * 1000;
    await rig.run("deploy");
    expect(rig.current("app1")).toBe("20261121101500");
    rig.clock.now = NOW;
    await rig.run("deploy");
    expect(rig.current("app1")).toBe("20261121101501");
    expect((await rig.run("rollback")).failures).toEqual([]);
    expect(rig.current("app1")).toBe("20261121101500");
  });
});
