/** Many hosts at once, and what goes wrong on one of them. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLauncher } from "../../src/execution/launcher.ts";
import type { Action } from "../../src/process/action.ts";
import { sequence } from "../../src/process/compound.ts";
import { cycle } from "../../src/process/per-host.ts";
import { KILL_SERVER } from "../support/kill-server.ts";
import { createSmallDisk, SMALL_DISK_MISSING } from "../support/small-disk.ts";
import { findSshd, SSHD_MISSING, type SshdFleet, startSshdFleet } from "../support/sshd.ts";

const MIB = 1024 * 1024;

describe.skipIf(findSshd() === undefined)(`files of many hosts${findSshd() === undefined ? ` (${SSHD_MISSING})` : ""}`, () => {
  let fleet: SshdFleet;
  let here: string;
  let names: readonly string[];
  let launcher: ReturnType<typeof createLauncher>;
  beforeAll(async () => {
    fleet = await startSshdFleet(3);
    here = join(fleet.directory, "here");
    mkdirSync(here);
    names = fleet.hosts.map(({ name }) => name);
    launcher = createLauncher({ sshConfig: fleet.sshConfig, env: { PATH: process.env.PATH }, cwd: here });
  });
  afterAll(async () => {
    await launcher.close();
    await fleet.stop();
  });
  const read = (host: number, path: string): string => readFileSync(join(fleet.hosts[host]?.home ?? "", path), "utf8");
  const errors = (action: Action): readonly string[] =>
    action.processes.map(({ state, stderr }) => ("error" in state ? (state.error?.message ?? stderr) : stderr));

  it("paths differ per host, by functions, in turn and by {{{host}}}", async () => {
    for (const name of ["a", "b", "host1", "host2", "host3"]) writeFileSync(join(here, name), name);
    await launcher.put(names, cycle(["a", "b"]), (host) => `of-${host.name}`).run();
    expect([read(0, "of-host1"), read(1, "of-host2"), read(2, "of-host3")]).toEqual(["a", "b", "a"]);
    writeFileSync(join(here, "for-127.0.0.1"), "by address");
    const action = await launcher.put(names, "for-{{{host}}}", "got-{{{host}}}").run();
    expect(errors(action).join("")).toContain("does not exist");
    expect(action.stats().numErrors).toBe(3);
  });

  it("get: a directory for each host, or a path for each; never one over the other", async () => {
    for (const [at, { home }] of fleet.hosts.entries()) writeFileSync(join(home, "log"), `log ${at}`);
    const apart = await launcher.get(names, "log", "logs/").run();
    expect([apart.ok, errors(apart)]).toEqual([true, ["", "", ""]]);
    expect(names.map((name) => readFileSync(join(here, "logs", name, "log"), "utf8"))).toEqual(["log 0", "log 1", "log 2"]);
    await launcher.get(names, "log", "log-of-{{{host}}}").run();
    expect(names.map((name) => readFileSync(join(here, `log-of-${name}`), "utf8"))).toEqual(["log 0", "log 1", "log 2"]);
    for (const [hosts, path] of [
      [names, "one-log"],
      [["host1", "host1"], "twice/"],
    ] as const) {
      const refused = await launcher.get(hosts, "log", path).run();
      expect(errors(refused).every((text) => text.includes("would write to"))).toBe(true);
    }
    expect(readdirSync(here)).not.toContain("one-log");
    expect(readdirSync(here)).not.toContain("twice");
  });

  it("a directory goes to all of them and comes back from each, by its checksums", async () => {
    mkdirSync(join(here, "round/deep/empty"), { recursive: true });
    for (let at = 0; at < 40; at++)
      writeFileSync(join(here, "round", at % 2 === 0 ? "deep" : "", String(at)), randomBytes(at * 997));
    writeFileSync(join(here, "round/large"), randomBytes(9 * MIB));
    const sums = (directory: string): string =>
      execFileSync("sh", ["-c", "find . -type d | sort; find . -type f -exec sha256sum {} + | sort -k 2"], {
        cwd: directory,
        encoding: "utf8",
      });
    const there = await sequence([launcher.put(names, "round", "there"), launcher.get(names, "there", "back/")]).run();
    expect([there.finishedOk, errors(there).join("")]).toEqual([true, ""]);
    const sent = sums(join(here, "round"));
    expect(sent.split("\n")).toHaveLength(3 + 41 + 1);
    for (const [at, name] of names.entries()) {
      expect(sums(join(fleet.hosts[at]?.home ?? "", "there"))).toBe(sent);
      expect(sums(join(here, "back", name, "there"))).toBe(sent);
    }
  });

  it("a sequence puts what its first part has made", async () => {
    const made = await sequence([
      launcher.local("echo built > built", { cwd: here }),
      launcher.put(names, "built", "built"),
    ]).run();
    expect([made.ok, read(2, "built")]).toEqual([true, "built\n"]);
  });

  it("no hosts and no files: it has ended, and is ok", async () => {
    expect((await launcher.put([], "a", "x").run()).finishedOk).toBe(true);
    expect((await launcher.put(names, [], "x").run()).finishedOk).toBe(true);
  });

  it("a host that is not there, and one that lets nobody in: the others finish", async () => {
    writeFileSync(join(here, "for-all"), "for all");
    writeFileSync(join(fleet.hosts[2]?.home ?? "", "for-all"), "there");
    const hosts = ["host1", "nowhere.invalid", { host: "host2", user: "no-such-user" }, "host3"];
    const put = await launcher.put(hosts, "for-all", "unknown-host").run();
    const get = await launcher.get(hosts, "for-all", "unknown-host/").run();
    const commands = await launcher.remote(hosts, "echo ran", { stdin: "" }).run();
    for (const action of [put, commands]) {
      expect(action.processes.map(({ problems }) => problems)).toEqual([[], ["error"], ["error"], []]);
      expect(errors(action)[1]).toMatch(/nowhere\.invalid/);
      expect(errors(action)[2]).toMatch(/no-such-user@/);
    }
    expect([read(0, "unknown-host"), read(2, "unknown-host")]).toEqual(["for all", "for all"]);
    expect(get.processes.map(({ ok }) => ok)).toEqual([false, false, false, true]);
    expect(readFileSync(join(here, "unknown-host", "host3", "for-all"), "utf8")).toBe("there");
  });

  it("a connection that is lost meanwhile: the others finish, and nothing has the name", async () => {
    writeFileSync(join(here, "large"), randomBytes(64 * MIB));
    mkdirSync(join(here, "tree"));
    for (let index = 0; index < 8; index++) writeFileSync(join(here, "tree", String(index)), randomBytes(8 * MIB));
    await using own = createLauncher({ sshConfig: fleet.sshConfig, env: { PATH: process.env.PATH }, cwd: here });
    const both = [own.put(["host1", "host3"], "large", "lost"), own.put(["host2", "host3"], "tree", "lost-tree")];
    for (const action of both) action.start();
    while (both.some(({ progress }) => (progress.hosts[1]?.bytes ?? 0) < 8 * MIB))
      await new Promise((resolve) => setTimeout(resolve, 2));
    await own.remote("host3", KILL_SERVER).run();
    for (const action of both) {
      await action.wait();
      expect(action.processes.map(({ ok }) => ok)).toEqual([true, false]);
      expect(action.processes[1]?.problems).toEqual(["error"]);
    }
    expect(readdirSync(fleet.hosts[2]?.home ?? "").filter((name) => name.startsWith("lost"))).toEqual([]);
    expect(readFileSync(join(fleet.hosts[0]?.home ?? "", "lost")).equals(readFileSync(join(here, "large")))).toBe(true);
  });

  it.skipIf(SMALL_DISK_MISSING !== "")(`a disk that is full on one of them ${SMALL_DISK_MISSING}`, async () => {
    const disk = createSmallDisk(join(fleet.hosts[1]?.home ?? "", "data"), { bytes: 4 * MIB, inodes: 100 });
    try {
      for (const at of [0, 2]) mkdirSync(join(fleet.hosts[at]?.home ?? "", "data"));
      writeFileSync(join(here, "nine"), randomBytes(9 * MIB));
      mkdirSync(join(here, "nines"));
      for (const name of ["a", "b"]) writeFileSync(join(here, "nines", name), randomBytes(3 * MIB));
      for (const source of ["nine", "nines"]) {
        const action = await launcher.put(names, source, "data/").run();
        expect(action.processes.map(({ ok }) => ok)).toEqual([true, false, true]);
        expect(errors(action)[1]).toContain("No space left on device");
        expect(readdirSync(disk.directory)).toEqual([]);
      }
    } finally {
      disk.remove();
    }
  });
});
