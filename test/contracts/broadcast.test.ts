/** Files that hosts pass on to one another, over connections of OpenSSH. */
import { randomBytes } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createLauncher } from "../../src/execution/launcher.ts";
import type { PutOptions } from "../../src/process/transfer-options.ts";
import type { Transfer } from "../../src/process/transfers.ts";
import { KILL_SERVER } from "../support/kill-server.ts";
import { startOpenFleet } from "../support/open-fleet.ts";
import { createSmallDisk, SMALL_DISK_MISSING } from "../support/small-disk.ts";
import { findProgram, NO_SSHD, type SshdFleet } from "../support/sshd.ts";
import { startRelay } from "../support/turn-relay.ts";

const MIB = 1024 * 1024;

describe.skipIf(findProgram("sshd") === undefined)(`files that hosts pass on${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  let here: string;
  let names: readonly string[];
  let launcher: ReturnType<typeof createLauncher>;
  beforeAll(async () => {
    fleet = await startOpenFleet(5);
    here = join(fleet.directory, "here");
    mkdirSync(join(here, "tree/deep"), { recursive: true });
    writeFileSync(join(here, "large"), randomBytes(12 * MIB));
    for (const name of ["a", "b", "deep/c"]) writeFileSync(join(here, "tree", name), randomBytes(MIB));
    names = fleet.hosts.map(({ name }) => name);
    launcher = createLauncher({ sshConfig: fleet.sshConfig, env: { PATH: process.env.PATH }, cwd: here });
  });
  afterAll(async () => {
    await launcher.close();
    await fleet.stop();
  });
  /** Nothing of a transfer is left on any host, whatever came of it. */
  afterEach(async () => {
    for (const [at, { home }] of fleet.hosts.entries()) {
      expect(keysOf(at)).not.toContain("fake-deploy-hop");
      expect(readdirSync(home).filter((name) => name.startsWith(".fake-"))).toEqual([]);
      for (const name of ["large", "tree", "data"]) rmSync(join(home, name), { recursive: true, force: true });
    }
    expect(leftDirectories()).toEqual([]);
  });
  const keysOf = (at: number): string => {
    const file = join(fleet.hosts[at]?.home ?? "", ".ssh/authorized_keys");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  };
  const leftDirectories = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("fake-hop"));
  const has = (at: number, path = "large"): boolean => {
    const file = join(fleet.hosts[at]?.home ?? "", path);
    return existsSync(file) && readFileSync(file).equals(readFileSync(join(here, path)));
  };
  const all = (path: string): readonly boolean[] => names.map((_, at) => has(at, path));
  const outputs = (transfer: Transfer): readonly string[] =>
    transfer.processes.map(({ stdout, stderr }) => (stdout + stderr).trim());

  it("chain: each host has it from the one before", async () => {
    const put = await launcher.put(names, "large", ".", { via: "chain" }).run({ timeout: "60s" });
    expect(outputs(put)).toEqual([
      expect.stringMatching(/verified by SHA-256 \(\w+\), from here$/),
      ...[1, 2, 3, 4].map((at) => expect.stringMatching(new RegExp(`verified by SHA-256 \\(\\w+\\), passed on by host${at}$`))),
    ]);
    const routes = put.progress.hosts.map(({ outcome }) => outcome?.route);
    expect(routes).toEqual(["local", "host1", "host2", "host3", "host4"].map((from) => ({ from })));
    expect(all("large")).toEqual([true, true, true, true, true]);
    expect(put.progress.total).toMatchObject({ bytes: 60 * MIB, files: 5, totalBytes: 60 * MIB });
  });

  it.each([
    ["chain", undefined, ["from here", "passed on by host1", "passed on by host2", "passed on by host3", "passed on by host4"]],
    ["tree", undefined, ["from here", "passed on by host1", "passed on by host1", "passed on by host2", "passed on by host2"]],
    ["tree", 4, ["from here", ...Array<string>(4).fill("passed on by host1")]],
  ] as const)("a directory goes via %s, %s at a time, with modes and times", async (via, fanOut, routes) => {
    const put = await launcher.put(names, "tree", ".", { via, fanOut }).run({ timeout: "60s" });
    expect(outputs(put).map((text) => text.slice(text.lastIndexOf(", ") + 2))).toEqual(routes);
    for (const path of ["tree/a", "tree/b", "tree/deep/c"]) expect(all(path)).toEqual([true, true, true, true, true]);
    const times = fleet.hosts.map(({ home }) => Math.floor(statSync(join(home, "tree/a")).mtimeMs / 1000));
    expect(new Set(times)).toEqual(new Set([Math.floor(statSync(join(here, "tree/a")).mtimeMs / 1000)]));
  });

  it("what differs per host goes from here, with the reason", async () => {
    const put = await launcher
      .put(names.slice(0, 2), "tree", (host) => `tree-${host.name}`, { via: "chain" })
      .run({ timeout: "60s" });
    for (const said of outputs(put)) expect(said).toMatch(/, from here, since no other host takes the same under the same name$/);
    expect(put.finishedOk).toBe(true);
  });

  it("leaves this machine once", async () => {
    const relays = await Promise.all(fleet.hosts.map(({ port }) => startRelay({ port })));
    fleet.configure(
      Object.fromEntries(
        fleet.hosts.map(({ name, port }, at) => [name, [`Port ${relays[at]?.port}`, `HostKeyAlias [127.0.0.1]:${port}`]]),
      ),
    );
    try {
      await using own = createLauncher({ sshConfig: fleet.sshConfig, env: { PATH: process.env.PATH }, cwd: here });
      const put = await own.put(names, "large", ".", { via: "chain" }).run({ timeout: "60s" });
      expect([put.finishedOk, all("large")]).toEqual([true, [true, true, true, true, true]]);
      const sent = relays.flatMap((relay) => relay.bytes()).reduce((total, bytes) => total + bytes, 0);
      expect(sent / (12 * MIB)).toBeLessThan(1.1);
    } finally {
      for (const relay of relays) await relay.stop();
      fleet.configure();
    }
  });

  it("a host that dies on the way is reported, and those behind it have it all the same", async () => {
    writeFileSync(join(here, "larger"), randomBytes(64 * MIB));
    await using own = createLauncher({ sshConfig: fleet.sshConfig, env: { PATH: process.env.PATH }, cwd: here });
    const put = own.put(names, "larger", "data/", { via: "chain" }).start();
    while ((put.progress.hosts[0]?.bytes ?? 0) < 16 * MIB) await sleep(2);
    await own.remote("host3", KILL_SERVER).run();
    await put.wait();
    expect(put.processes.map(({ ok }) => ok)).toEqual([true, true, false, true, true]);
    expect(put.processes[2]?.problems).toEqual(["error"]);
    expect(names.map((_, at) => existsSync(join(fleet.hosts[at]?.home ?? "", "data/larger")))).toEqual([
      true,
      true,
      false,
      true,
      true,
    ]);
    expect(readFileSync(join(fleet.hosts[4]?.home ?? "", "data/larger")).equals(readFileSync(join(here, "larger")))).toBe(true);
    expect(outputs(put)[4]).toMatch(/passed on by host4$/);
    // What the killed server has left there ends by itself.
    await expect.poll(() => keysOf(2), { timeout: 20_000 }).not.toContain("fake-deploy-hop");
  });

  it("a host that nobody may pass on to has it from here, with the reason", async () => {
    const config = ["ForceCommand none"];
    await fleet.add({ name: "closed", config });
    await using own = createLauncher({ sshConfig: fleet.sshConfig, env: { PATH: process.env.PATH }, cwd: here });
    const put = await own.put(["host1", "closed", "host2", "host3"], "large", ".", { via: "chain" }).run({ timeout: "60s" });
    expect([put.finishedOk, has(0), has(1), has(2), has(5)]).toEqual([true, true, true, true, true]);
    expect(outputs(put)[1]).toMatch(/, from here, since host1 could not pass it on to it: .*Permission denied/);
    expect(outputs(put)[2]).toMatch(/, passed on by host1$/);
    expect(outputs(put)[3]).toMatch(/, passed on by host2$/);
  });

  it("a host that does not tell its key has it from here, with the reason", async () => {
    // What asks a server for its key finds none there.
    const keyscan = join(fleet.directory, "bin/ssh-keyscan");
    mkdirSync(join(fleet.directory, "bin"), { recursive: true });
    writeFileSync(keyscan, "#!/bin/sh\n", { mode: 0o755 });
    await fleet.add({
      name: "silent",
      config: ["ForceCommand none", `SetEnv HOME=${fleet.directory}/silent/home PATH=${fleet.directory}/bin:${process.env.PATH}`],
    });
    await using own = createLauncher({ sshConfig: fleet.sshConfig, env: { PATH: process.env.PATH }, cwd: here });
    const put = await own.put(["host1", "silent"], "large", ".", { via: "chain" }).run({ timeout: "60s" });
    expect([put.finishedOk, outputs(put)[1]]).toEqual([
      true,
      expect.stringMatching(
        /, from here, since it cannot have it from another host: The key of its SSH server cannot be found out there\.$/,
      ),
    ]);
  });

  it("a host that cannot be reached at all stops nobody", async () => {
    const put = await launcher.put(["nowhere.invalid", ...names], "large", ".", { via: "tree" }).run({ timeout: "60s" });
    expect(put.processes.map(({ ok }) => ok)).toEqual([false, true, true, true, true, true]);
    expect(all("large")).toEqual([true, true, true, true, true]);
  });

  it("leaves the user's keys as they are", async () => {
    const directory = join(fleet.hosts[1]?.home ?? "", ".ssh");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "keys"), "# mine\nssh-ed25519 AAAA one\nssh-ed25519 AAAA two", { mode: 0o640 });
    symlinkSync("keys", join(directory, "authorized_keys"));
    await launcher.put(names, "large", ".", { via: "chain" }).run({ timeout: "60s" });
    expect(has(1)).toBe(true);
    expect(keysOf(1)).toBe("# mine\nssh-ed25519 AAAA one\nssh-ed25519 AAAA two\n");
    expect(lstatSync(join(directory, "authorized_keys")).isSymbolicLink()).toBe(true);
    expect(statSync(join(directory, "keys")).mode & 0o777).toBe(0o640);
    expect(readdirSync(directory).sort()).toEqual(["authorized_keys", "keys"]);
  });

  it("a client that goes takes the keys with it, and nothing has the name", async () => {
    writeFileSync(join(here, "larger"), randomBytes(64 * MIB));
    const own = createLauncher({ sshConfig: fleet.sshConfig, env: { PATH: process.env.PATH }, cwd: here });
    const put = own.put(names, "larger", "data/", { via: "chain" }).start();
    while ((put.progress.hosts[0]?.bytes ?? 0) < 16 * MIB) await sleep(2);
    await own.close();
    await put.wait();
    for (const at of names.keys()) {
      await expect.poll(() => keysOf(at), { timeout: 20_000 }).not.toContain("fake-deploy-hop");
      expect(existsSync(join(fleet.hosts[at]?.home ?? "", "data/larger"))).toBe(false);
    }
    await expect.poll(leftDirectories, { timeout: 20_000 }).toEqual([]);
  });

  it.skipIf(SMALL_DISK_MISSING !== "")(`a disk that is full in the middle ${SMALL_DISK_MISSING}`, async () => {
    const disk = createSmallDisk(join(fleet.hosts[1]?.home ?? "", "data"), { bytes: 4 * MIB, inodes: 100 });
    try {
      for (const [via, sources] of [
        ["chain", "large"],
        ["tree", ["tree", "large"]],
      ] as const) {
        const put = await launcher.put(names, sources, "data/", { via }).run({ timeout: "60s" });
        expect(put.processes.map(({ ok }) => ok)).toEqual([true, false, true, true, true]);
        expect(outputs(put)[1]).toContain("No space left on device");
        expect(outputs(put)[1]).not.toContain("fake-hop");
        expect(readdirSync(disk.directory)).toEqual([]);
      }
    } finally {
      disk.remove();
    }
  });

  it.each([
    [{ via: "ring" }, 'Files cannot go via "ring".'],
    [{ fanOut: 3 }, "fanOut says how a tree branches."],
    [{ via: "chain", fanOut: 3 }, "fanOut says how a tree branches."],
    [{ via: "tree", fanOut: 0 }, "fanOut is 0."],
    [{ via: "tree", fanOut: 1.5 }, "fanOut is 1.5."],
  ])("refuses %j", (options, message) => {
    expect(() => launcher.put(names, "large", ".", options as PutOptions)).toThrow(message);
  });
});
