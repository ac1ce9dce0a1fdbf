import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { playFleet } from "../soak/fleet.ts";
import { findLeft } from "../soak/left.ts";
import { playLongLived, playSeries } from "../soak/series.ts";
import { openSite, type Site } from "../soak/site.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";

const sshd = findSshd() !== undefined;
const skipped = sshd ? "" : ` (${SSHD_MISSING})`;

const paths = () => ({
  project: resolve(import.meta.dirname, "../.."),
  distribution: join(inject("installed"), "node_modules/fake-deploy/dist"),
});

/** Samples of `npm run test:soak`. */
describe.skipIf(!sshd)(`many hosts in one deploy${skipped}`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite({ ...paths(), hosts: 6, delay: 10, canLose: true });
  });
  afterAll(() => site?.end());

  it("are all on one release, or all as before, also when one is slow and two die or are dead", async () => {
    const runs = await playFleet(site);
    expect(runs.map(({ name, moved, faults, left }) => [name, moved, faults, left])).toEqual([
      ["first deploy", 6, [], []],
      ["two die in the middle", 0, [], []],
      ["two are dead", 0, [], []],
      ["they are back", 6, [], []],
    ]);
    expect(runs.map(({ cost }) => cost?.sockets)).toEqual([6, 8, 6, 6]);
  });
});

describe.skipIf(!sshd)(`many deploys in a row${skipped}`, () => {
  let site: Site;
  let sleeper: ChildProcess | undefined;
  beforeAll(async () => {
    site = await openSite({ ...paths(), hosts: 1 });
  });
  let socket: Socket | undefined;
  afterEach(() => {
    sleeper?.kill("SIGKILL");
    socket?.destroy();
  });
  afterAll(() => site?.end());

  it("leave nothing behind, each in a process of its own", async () => {
    const runs = await playSeries(site, { deploys: 5 });
    expect(runs).toHaveLength(5);
    expect(runs.flatMap(({ faults, left }) => [...faults, ...left])).toEqual([]);
    // As many lines each time: the journal grows by what is new.
    expect(new Set(runs.map(({ journal, run }) => journal / run)).size).toBe(1);
  });

  it("leave nothing behind in a process that lives on", async () => {
    const runs = await playLongLived(site, { deploys: 5 });
    expect(runs).toHaveLength(5);
    expect(runs.flatMap(({ faults, left }) => [...faults, ...left])).toEqual([]);
  });

  it("would be seen to leave processes, files and locks", async () => {
    const [host] = site.hosts;
    if (host === undefined) throw new Error("There is no host.");
    sleeper = spawn("sleep", ["600"], { env: { HOME: host.home }, stdio: "ignore" });
    const files = [join(site.temporary, "fake-1"), join(host.temporary, "file"), join(host.deployPath, "repo.new-1")];
    for (const file of files) writeFileSync(file, "");
    mkdirSync(join(host.deployPath, ".fake", "lock"));
    const find = async (): Promise<readonly (readonly string[])[]> => {
      const left = await findLeft(site, [], 0);
      return left.map(({ kind, text }) => [kind, text.replace(/^process \d+/, "process")]);
    };
    const expected = [
      ["process", "process (S): sleep 600"],
      ["lock", "host1 is locked"],
      ["file", "fake-1 is left in the client's temporary folder"],
      ["file", "repo.new-1 is left in the deploy path of host1"],
      ["file", "file is left in the temporary folder of host1"],
    ];
    // Until it sleeps, the process is something else.
    await vi.waitFor(async () => expect(await find()).toEqual(expected), 5000);
    for (const file of files) rmSync(file);
    rmSync(join(host.deployPath, ".fake", "lock"), { recursive: true });
  });

  it("would be seen to leave connections", async () => {
    socket = connect(site.hosts[0]?.port ?? 0, "127.0.0.1");
    await once(socket, "data");
    const left = await findLeft(site, [], 0);
    expect(left.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["process", "connection", "descriptor"]));
  });
});
