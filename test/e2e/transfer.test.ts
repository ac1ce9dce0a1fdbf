import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

describe.skipIf(!sshd)(`fake put and fake get on real hosts${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  beforeAll(async () => {
    story = await startStory(3);
    mkdirSync(join(story.directory, "dist/css"), { recursive: true });
    writeFileSync(join(story.directory, "dist/index.html"), "<h1>Shop</h1>\n");
    writeFileSync(join(story.directory, "dist/css/shop.css"), "h1 { color: navy }\n");
  });
  afterAll(() => story?.end());
  const home = (host: number, path = ""): string => join(story.fleet.hosts[host - 1]?.home ?? "", path);

  it("puts a directory on all hosts, and says what each has", async () => {
    const { exitCode, stdout, stderr } = await story.fake(["put", "-R", "all", "dist", "site"]);
    expect([exitCode, stderr]).toEqual([0, "put: 3 hosts.\n"]);
    const lines = stdout.trimEnd().split("\n").sort();
    expect(lines).toEqual([1, 2, 3].map((at) => `✔ host${at}  2 files, 33 bytes, verified by SHA-256 (sha256sum)`));
    for (const at of [1, 2, 3]) expect(readFileSync(home(at, "site/css/shop.css"), "utf8")).toBe("h1 { color: navy }\n");
  });

  it("gets what hosts have, each into a folder of its own", async () => {
    for (const at of [1, 2, 3]) writeFileSync(home(at, "app.log"), `log of ${at}\n`);
    const all = await story.fake(["get", "-R", "all", "app.log", "logs/"]);
    expect(all.exitCode).toBe(0);
    for (const at of [1, 2, 3])
      expect(readFileSync(join(story.directory, `logs/host${at}/app.log`), "utf8")).toBe(`log of ${at}\n`);
    const one = await story.fake(["get", "-H", "host2", "app.log", "own.log"]);
    expect([one.exitCode, one.stderr]).toEqual([0, ""]);
    expect(readFileSync(join(story.directory, "own.log"), "utf8")).toBe("log of 2\n");
  });

  it("sends what differs of a directory, and removes the rest but for what is ignored", async () => {
    await story.succeed(["sync", "-R", "all", "dist", "synced"]);
    for (const name of ["old.html", "app.log"]) writeFileSync(home(2, `synced/${name}`), "there");
    writeFileSync(join(story.directory, "dist/index.html"), "<h1>New</h1>\n\n");
    const { stdout } = await story.succeed(["sync", "-R", "all", "--delete", "--ignore", "*.log", "dist", "synced"]);
    expect(stdout).toMatch(/✔ host1 {2}1 file, 14 bytes/);
    expect(readFileSync(home(3, "synced/index.html"), "utf8")).toBe("<h1>New</h1>\n\n");
    expect(readdirSync(home(2, "synced")).sort()).toEqual(["app.log", "css", "index.html"]);
    writeFileSync(join(story.directory, "dist/index.html"), "<h1>Shop</h1>\n");
    for (const ignored of ["!a", "**/b"]) {
      const refused = await story.fake(["sync", "-R", "all", "--ignore", ignored, "dist", "synced"]);
      expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining(`--ignore cannot have "${ignored}": it `)]);
    }
    const wrong = await story.fake(["sync", "-R", "all", "dist", "other", "synced"]);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("fake sync takes one directory")]);
    const rsync = await story.fake(["sync", "-R", "all", "--exclude", "*.log", "dist", "synced"]);
    expect([rsync.exitCode, rsync.stderr]).toEqual([2, expect.stringContaining("Files are left out with --ignore.")]);
  });

  it("says what one host refuses, and does the others", async () => {
    writeFileSync(home(2, "taken"), "");
    const { exitCode, stdout, stderr } = await story.fake(["put", "-R", "all", "dist", "taken/"]);
    expect(exitCode).toBe(1);
    expect(stdout.match(/✔/g)).toHaveLength(2);
    expect(stderr).toMatch(/✖ host2 {2}.*taken is a file, where a directory is needed\nput: 2 of 3 hosts; not host2\.\n$/);
    const json = await story.fake(["put", "-R", "all", "--json", "dist", "taken/"]);
    expect(json.exitCode).toBe(1);
    const fine = { status: "ok", files: 2, bytes: 33, verified: "sha256sum", resumed: 0 };
    expect(JSON.parse(json.stdout)).toEqual([
      { host: "host1", ...fine },
      { host: "host2", status: "failed", files: 0, bytes: 0, error: expect.stringContaining("is a file") },
      { host: "host3", ...fine },
    ]);
  });

  it("says as JSON what was deleted, was as it should be, and came from where", async () => {
    const plain = async (...words: string[]): Promise<unknown> =>
      JSON.parse((await story.succeed([...words, "--json"])).stdout) as unknown;
    await story.succeed(["sync", "-R", "all", "dist", "json"]);
    mkdirSync(home(2, "json/old/deep"), { recursive: true });
    writeFileSync(home(2, "json/old/deep/a"), "");
    writeFileSync(home(2, "json/css/b"), "");
    const synced = { status: "ok", files: 0, bytes: 0, verified: "sha256sum", resumed: 0, unchanged: 2 };
    expect(await plain("sync", "-R", "all", "--delete", "dist", "json")).toEqual([
      { host: "host1", ...synced, deleted: [] },
      { host: "host2", ...synced, deleted: expect.toSatisfy((paths: string[]) => paths.sort().join() === "css/b,old") },
      { host: "host3", ...synced, deleted: [] },
    ]);
    const sent = { status: "ok", files: 1, bytes: 14, resumed: 0, verified: expect.any(String) };
    expect(await plain("put", "-H", "host1,host2", "--via", "chain", "dist/index.html", "passed/")).toEqual([
      { host: "host1", ...sent, route: { from: "local" } },
      // The hosts of a story take no keys of each other.
      { host: "host2", ...sent, route: { from: "local", reason: expect.stringContaining("host1 could not pass it on") } },
    ]);
  });

  it("says once what is wrong here, before any host is contacted", async () => {
    const { exitCode, stdout, stderr } = await story.fake(["put", "-R", "all", "dits", "nothing", "site"]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr.match(/"dits" does not exist/g)).toHaveLength(1);
    expect(stderr.match(/"nothing" does not exist/g)).toHaveLength(1);
    const words = await story.fake(["put", "-R", "all", "dist"]);
    expect([words.exitCode, words.stderr]).toEqual([2, expect.stringContaining("a source and a destination")]);
    const fanOut = await story.fake(["put", "-R", "all", "--fan-out", "3", "dist", "site"]);
    expect([fanOut.exitCode, fanOut.stderr]).toEqual([2, expect.stringContaining("Write --via tree, too.")]);
  });

  it("does without a host that cannot be reached, where that is asked for", async () => {
    const to = ["put", "-H", "host1,nowhere.invalid", "dist", "site"];
    const failed = await story.fake(to);
    expect([failed.exitCode, failed.stderr]).toEqual([1, expect.stringContaining("✖ nowhere.invalid")]);
    expect((await story.fake([...to, "--skip-unreachable"])).exitCode).toBe(0);
  });

  it("ends at the first ctrl-C, and says where it had not finished", async () => {
    writeFileSync(join(story.directory, "large"), "");
    truncateSync(join(story.directory, "large"), 4_000_000_000);
    const run = story.start(["put", "-R", "all", "large", "data/"]);
    await vi.waitFor(() => expect(readdirSync(home(3, "data"))).not.toEqual([]), 20_000);
    run.child.kill("SIGINT");
    const { exitCode, stderr } = await run.outcome;
    expect(exitCode).toBe(130);
    expect(stderr).toContain("SIGINT: ending it where it has not finished: host1, host2, host3.");
    expect(stderr).toContain("✖ host1  ended before it was done");
    expect([1, 2, 3].map((at) => existsSync(home(at, "data/large")))).toEqual([false, false, false]);
  });
});
