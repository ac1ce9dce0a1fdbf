import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TaskContext } from "../../../src/runner/context.ts";
import type { RunResult } from "../../../src/runner/result.ts";
import { createLocalTransport } from "../../../src/transport/local/transport.ts";
import type { Transport } from "../../../src/transport/transport.ts";
import { failures, rig } from "../rig.ts";

const NAMES = ["web1", "web2", "db1"];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fake-fleet-"));
  for (const name of NAMES) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "log"), `of ${name}\n`);
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Hosts that are this machine, each with a folder of its own. */
function hostsHere(): Transport {
  const one = (name: string): Transport => createLocalTransport({ cwd: join(folder, name) });
  return {
    name: "local",
    connect: (host, options) => one(host.id).connect(host, options),
    close: async () => undefined,
  };
}

async function work(body: (t: TaskContext) => unknown): Promise<RunResult> {
  const made = rig(({ task }) => void task("work", { local: true }, body), {
    hosts: "web1:web web2:web db1:db",
    transport: hostsHere(),
  });
  return made.run("work");
}

describe("t.fleet moves files", () => {
  it("to each host, with the mode that is asked for", async () => {
    const local = join(folder, "conf");
    await writeFile(local, "port 1\n");
    const result = await work(async (t) => {
      const put = await t.fleet
        .within("in")
        .put(local, "../conf", { mode: "600" })
        .catch((error: Error) => error);
      expect(put).toBeInstanceOf(Error);
      expect((await t.fleet.put(local, "conf", { mode: "600" })).map(({ host }) => host.id)).toEqual(NAMES);
      expect((await t.fleet.capture`stat -c %a conf && cat conf`).map(({ value }) => value)).toEqual(
        Array(3).fill("600\nport 1"),
      );
    });
    expect(failures(result)).toEqual([]);
  });

  it("from each host into a directory of its own, which is made", async () => {
    const into = join(folder, "got/logs");
    const result = await work(async (t) => {
      const got = await t.fleet.get("log", into);
      expect(got.map(({ value }) => value)).toEqual(NAMES.map((name) => join(into, name, "log")));
    });
    expect(failures(result)).toEqual([]);
    for (const name of NAMES) expect(await readFile(join(into, name, "log"), "utf8")).toBe(`of ${name}\n`);
  });

  it("from each host to where a function says, what the others have included when one fails", async () => {
    await rm(join(folder, "web2", "log"));
    const result = await work((t) => t.fleet.get("./log", (host) => join(folder, "got", `${host.name}.log`)));
    expect(failures(result)).toEqual([expect.stringMatching(/^web2 work: download \.\/log: exit code \d+$/)]);
    expect((await readdir(join(folder, "got"))).toSorted()).toEqual(["db1.log", "web1.log"]);
  });

  it("and leaves no directory of a host behind that has none", async () => {
    await work((t) => t.fleet.acceptFailures().get("nothing", join(folder, "got/logs")));
    expect((await readdir(folder)).toSorted()).toEqual(NAMES.toSorted());
    await rm(join(folder, "web2", "log"));
    await work((t) => t.fleet.acceptFailures().get("log", join(folder, "got/logs")));
    expect((await readdir(join(folder, "got/logs"))).toSorted()).toEqual(["db1", "web1"]);
  });

  it("not over a directory, which fails its own host, with the line", async () => {
    await mkdir(join(folder, "got", "web1.log"), { recursive: true });
    const result = await work((t) => t.fleet.get("log", (host) => join(folder, "got", `${host.name}.log`)));
    expect(failures(result)).toEqual([expect.stringMatching(/^web1 work: Cannot download to .*: it is a directory\.$/)]);
    expect(result.failures[0]?.error.where).toMatch(/task-fleet-files\.test\.ts:\d+$/);
    expect((await readdir(join(folder, "got"))).toSorted()).toEqual(["db1.log", "web1.log", "web2.log"]);
  });

  it("never over one another: two places that are one are an error, before a host is contacted", async () => {
    const result = await work((t) =>
      t.fleet.get("log", ({ roles }) => (roles.includes("db") ? join(folder, "db") : `${folder}/./x/../web`)),
    );
    expect(failures(result)).toEqual([
      expect.stringContaining("local work: The file of web2 would be written over that of web1: "),
    ]);
    expect(result.failures[0]?.error).toMatchObject({ code: "SAME_FILE", hint: expect.stringContaining("${host.id}") });
    expect((await readdir(folder)).toSorted()).toEqual(NAMES.toSorted());
  });

  it("not over a host's own file that is newer, but in its place", async () => {
    const place = join(folder, "web1.log");
    await writeFile(place, "old, and longer than what comes\n", { mode: 0o600 });
    const result = await work((t) => t.fleet.filter("db").get("log", () => place));
    expect(failures(result)).toEqual([]);
    expect(await readFile(place, "utf8")).toBe("of db1\n");
  });
});
