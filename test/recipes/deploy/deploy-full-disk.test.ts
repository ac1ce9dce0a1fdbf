import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../../src/index.ts";
import { createSmallDisk, SMALL_DISK_MISSING, type SmallDisk } from "../../support/small-disk.ts";
import { createDeployRig, type DeployRig } from "./deploy-rig.ts";

const FIRST = "20261120101500";
const MEBIBYTE = 2 ** 20;
const skipped = SMALL_DISK_MISSING === "" ? "" : ` (skipped: ${SMALL_DISK_MISSING})`;
/** Nothing is refused beforehand: the disk fills up in the middle. */
const settings = { minFreeSpace: 0, linkedDirs: ["uploads"] };
let rig: DeployRig;
let disk: SmallDisk;

const path = (name: string): string => join(rig.root("app1"), name);
const hasLock = (): boolean => existsSync(path(".fake/lock"));

/** Does something to the disk when the step is reached. */
function before(step: string, act: () => void): (app: App) => void {
  return (app) => {
    app.before(step, app.task("spoil", act));
  };
}

/** So that the next line of the journal needs room of its own. */
function fillJournal(): void {
  const size = statSync(path(".fake/journal")).size;
  writeFileSync(path(".fake/journal"), `${"#".repeat(4095 - (size % 4096))}\n`, { flag: "a" });
}

/** The app is whole, at one of the versions; nobody holds the lock. */
function expectLive(version: string): void {
  expect([readFileSync(path("current/app.js"), "utf8"), existsSync(path("current/REVISION")), hasLock()]).toEqual([
    version,
    true,
    false,
  ]);
}

async function expectNextDeployWorks(): Promise<void> {
  disk.empty();
  const next = await rig.run("deploy", { settings });
  expect(next.failures).toEqual([]);
  expectLive("v2");
  const back = await rig.run("rollback", { settings });
  expect(back.failures).toEqual([]);
  expectLive("v1");
}

describe.skipIf(skipped !== "")(`a disk that fills up in the middle of a deploy${skipped}`, () => {
  beforeEach(async () => {
    rig = createDeployRig(["app1"]);
    disk = createSmallDisk(join(rig.folder, "app1"), { bytes: 4 * MEBIBYTE, inodes: 2000 });
    rig.repo.commit({ "app.js": "v1" });
    expect((await rig.run("deploy", { settings })).failures).toEqual([]);
    rig.repo.commit({ "app.js": "v2", "large.bin": "\u0001\u0002\u0003".repeat(100_000) });
  });
  afterEach(() => {
    disk.remove();
    rig.remove();
  });

  const full = (): void => disk.fill();
  const nearlyFull = (): void => disk.fill(64 * 1024);
  const noInodes = (): void => disk.fillInodes();
  const fullJournal = (): void => {
    fillJournal();
    disk.fill();
  };

  it.each([
    ["while it fetches", "deploy:update-source", full],
    ["when the release is written into the journal", "deploy:create-release", fullJournal],
    ["while files are extracted", "deploy:create-release", nearlyFull],
    ["when REVISION is written", "deploy:set-current-revision", full],
    ["before it is published", "deploy:symlink:release", fullJournal],
    ["of inodes, while it fetches", "deploy:update-source", noInodes],
    ["of inodes, while files are extracted", "deploy:create-release", noInodes],
    ["of inodes, before it is published", "deploy:symlink:release", noInodes],
  ] as const)("%s, leaves what was live, no half release, and no lock", async (_, step, spoil) => {
    const { result } = await rig.run("deploy", { settings, deployfile: before(step, spoil) });
    const error = result.failures[0]?.error;
    const said = `${error?.message} ${error?.stderr}`;
    // dash says no more than "I/O error", tar how much it could write.
    expect([result.exitCode, said]).toEqual([
      1,
      expect.stringMatching(/No space left on device|I\/O error|Wrote only|is the disk full/),
    ]);
    expectLive("v1");
    expect(rig.releases("app1")).toEqual([FIRST]);
    await expectNextDeployWorks();
  });

  it.each([
    ["the cleanup", "deploy:cleanup"],
    ["revisions.log", "deploy:log-revision"],
  ])("after publishing, at %s, leaves the new release live, and frees the lock", async (_, step) => {
    const { result } = await rig.run("deploy", { settings, deployfile: before(step, fullJournal) });
    expect(result.hosts[0]?.standing).toMatch(/^live: 20261120101501/);
    expectLive("v2");
    disk.empty();
    expect((await rig.run("rollback", { settings })).failures).toEqual([]);
    expectLive("v1");
  });

  it.each([
    ["bytes", full],
    ["inodes", noInodes],
  ] as const)("before the deploy began, of %s, ends it with nothing changed", async (_, spoil) => {
    spoil();
    const { result, failures } = await rig.run("deploy", { settings });
    expect([result.exitCode, failures]).toEqual([
      1,
      [expect.stringMatching(/The lock .* cannot be made: .*(?:No space left|nothing can be written)/s)],
    ]);
    expect(result.failures[0]?.error.hint).toContain("Is the disk full?");
    expectLive("v1");
    await expectNextDeployWorks();
  });

  it("is not taken for a damaged mirror", async () => {
    const { failures } = await rig.run("deploy", { settings, deployfile: before("deploy:update-source", full) });
    expect(failures.join()).toMatch(/Nothing can be written beside .*repo: is the disk full\?/);
    expect(failures.join()).not.toContain("damaged");
  });

  it("is found beforehand, by bytes and by inodes", async () => {
    disk.fill(MEBIBYTE / 2);
    const bytes = await rig.run("deploy", { settings: { ...settings, minFreeSpace: "1M" } });
    expect(bytes.failures.join()).toMatch(/Only \d+(?:\.\d)? KiB are free at .*: minFreeSpace asks for 1 MiB\./);
    disk.empty();
    disk.fillInodes();
    for (let count = 0; count < 100; count++) rmSync(join(disk.directory, "crowd", String(count)));
    const inodes = await rig.run("deploy", { settings });
    expect(inodes.failures.join()).toMatch(/Only \d+ more files fit at/);
    expectLive("v1");
  });
});

describe.skipIf(skipped !== "")(`file systems of other kinds${skipped}`, () => {
  beforeEach(() => {
    rig = createDeployRig(["app1"]);
    rig.repo.commit({ "app.js": "v1" });
  });
  afterEach(() => {
    disk.remove();
    rig.remove();
  });

  it("that are read-only end a deploy before it begins, and in the middle before anything is published", async () => {
    disk = createSmallDisk(join(rig.folder, "app1"), { bytes: 4 * MEBIBYTE, inodes: 4000 });
    await rig.run("deploy", { settings });
    disk.mode("ro");
    const { result, failures } = await rig.run("deploy", { settings });
    expect([result.exitCode, failures.join()]).toEqual([1, expect.stringContaining("Read-only file system")]);
    disk.mode("rw");
    const middle = await rig.run("deploy", { settings, deployfile: before("deploy:symlink:release", () => disk.mode("ro")) });
    expect(middle.result.exitCode).toBe(1);
    expect(rig.current("app1")).toBe(FIRST);
    // Nobody could free the lock: it says so, and whose it is.
    expect(middle.failures.join()).toMatch(/deploy:unlock: free the lock/);
    disk.mode("rw");
    await rig.run("deploy:unlock-force", { settings });
    expect((await rig.run("deploy", { settings })).failures).toEqual([]);
    expectLive("v1");
    expect(rig.releases("app1")).toEqual([FIRST, rig.current("app1")]);
  });

  it("may hold the releases apart from current: a release is built there, published, left and removed", async () => {
    disk = createSmallDisk(join(rig.folder, "disk"), { bytes: 4 * MEBIBYTE, inodes: 4000 });
    const apart = { ...settings, releasesPath: join(disk.directory, "releases"), keepReleases: 1 };
    for (const version of ["v1", "v2", "v3"]) {
      rig.repo.commit({ "app.js": version });
      expect((await rig.run("deploy", { settings: apart })).failures).toEqual([]);
      expectLive(version);
    }
    expect((await rig.run("rollback", { settings: apart })).failures).toEqual([]);
    expectLive("v2");
    expect(readdirSync(apart.releasesPath)).toHaveLength(2);
  });

  it("may hold current apart from everything: it is renamed within its own", async () => {
    disk = createSmallDisk(join(rig.folder, "www"), { bytes: MEBIBYTE, inodes: 1000 });
    const apart = { ...settings, currentPath: join(disk.directory, "html") };
    // Between two file systems, mv(1) is no rename: it removes one link and makes another.
    const bin = join(rig.folder, "bin");
    mkdirSync(bin);
    writeFileSync(
      join(bin, "mv"),
      '#!/bin/sh\n[ "$(stat -c %d "$2")" = "$(stat -c %d "$3")" ] || { echo "not one file system" >&2; exit 1; }\nexec /bin/mv "$@"\n',
      { mode: 0o755 },
    );
    for (const version of ["v1", "v2"]) {
      rig.repo.commit({ "app.js": version });
      expect((await rig.run("deploy", { settings: apart, path: [bin] })).failures).toEqual([]);
      expect(readFileSync(join(disk.directory, "html/app.js"), "utf8")).toBe(version);
    }
    expect(readdirSync(disk.directory)).toEqual(["html"]);
  });
});
