import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { deployfile, fake, project } from "../run-cli.ts";
import type { TestIo } from "../terminal.ts";

const text = deployfile(`
  role("staging", { hosts: [local("a")] });
  role("web", { hosts: [local("b"), local("c")] });
  role("some", [local("b"), { host: "gone.invalid", port: 1 }]);
  role("rack", { hosts: ["08", "09", "10", "12"].map((at) => local("node" + at)) });
  role("none", [{ host: "gone.invalid", port: 1 }]);
`);
const inProject = (): string => project({ "deployfile.ts": text });
const lines = (output: string): string[] => output.trimEnd().split("\n").sort();
const reads = async (predicate: () => boolean): Promise<void> => vi.waitFor(() => expect(predicate()).toBe(true), 20_000);

/** A command line that runs, and its screens. */
function start(root: string, ...argv: readonly string[]) {
  const made: TestIo[] = [];
  const outcome = fake(root, ["exec", ...argv], { prepare: (io) => made.push(io) });
  return { outcome, io: made[0] as TestIo };
}

describe("fake exec", () => {
  it("shows lines with the host in front, on the stream that they were printed on", async () => {
    const { code, stdout, stderr } = await fake(inProject(), ["exec", "-R", "web", "--", "echo out; echo err >&2; printf last"]);
    expect([code, lines(stdout), lines(stderr)]).toEqual([
      0,
      ["[b] last", "[b] out", "[c] last", "[c] out"],
      ["[b] err", "[c] err"],
    ]);
  });

  it("says where a program is that is not in PATH, as tasks do", async () => {
    const root = project({ "deployfile.ts": text, ".volta/bin/shop-node": "" });
    chmodSync(join(root, ".volta/bin/shop-node"), 0o755);
    const { code, stderr } = await fake(root, ["exec", "-R", "staging", "--", "shop-node"], { env: { HOME: root } });
    expect(code).toBe(1);
    expect(stderr).toContain(`[a] shop-node is in ${root}/.volta/bin, which is not in PATH here`);
  });

  it("shows them as they come", async () => {
    const root = inProject();
    const go = join(root, "go");
    const { outcome, io } = start(root, "-R", "web", "--", `echo first; until [ -e ${go} ]; do sleep 0.02; done; echo second`);
    await reads(() => lines(io.stdout.text).join() === "[b] first,[c] first");
    writeFileSync(go, "");
    expect(lines((await outcome).stdout)).toEqual(["[b] first", "[b] second", "[c] first", "[c] second"]);
  });

  it("quotes words, and takes a single one as shell text", async () => {
    expect((await fake(inProject(), ["exec", "-R", "staging", "--", "echo", "a b", "$HOME"])).stdout).toBe("[a] a b $HOME\n");
    expect((await fake(inProject(), ["exec", "-R", "staging", "--", "echo one | tr a-z A-Z"])).stdout).toBe("[a] ONE\n");
  });

  it("ends with 1 when it failed anywhere, and says where and how", async () => {
    const failing = "mkdir one || exit 4";
    const { code, stderr } = await fake(inProject(), ["exec", "-R", "web", "-P", "1", "--", failing]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\[c\] mkdir: .*\n\[c\] exit code 4 \(.*\)\n✖ 1 of 2 hosts failed: exit code 4 \(c\)\n$/);
  });

  it("asks the others when one host cannot be reached", async () => {
    const { code, stdout, stderr } = await fake(inProject(), ["exec", "-R", "some", "--", "echo hi"]);
    expect([code, stdout]).toEqual([1, "[b] hi\n"]);
    expect(stderr).toContain("[gone.invalid] unreachable: ");
    expect(stderr).toContain("✖ 1 of 2 hosts failed: unreachable (gone.invalid)");
  });

  it("takes a host that cannot be reached for no failure with --skip-unreachable, and says that it is left out", async () => {
    const { code, stderr } = await fake(inProject(), ["exec", "-R", "some", "--skip-unreachable", "--", "echo hi"]);
    expect(code).toBe(0);
    expect(stderr).toContain("[gone.invalid] left out: ");
    expect(stderr).toContain("■ left out: gone.invalid");
    expect((await fake(inProject(), ["exec", "-R", "some", "--skip-unreachable", "--", "exit 3"])).code).toBe(1);
    expect((await fake(inProject(), ["exec", "-R", "none", "--skip-unreachable", "--", "true"])).code).toBe(1);
  });

  it.each([
    [[], 0],
    [["-P", "1"], 1],
  ])("runs on all hosts at once, or on as many as -P says: %j", async (argv, expected) => {
    const meet =
      "mkdir one 2>/dev/null || mkdir two; i=0; until [ -d two ]; do i=$((i+1)); [ $i -lt 60 ] || exit 1; sleep 0.02; done";
    expect((await fake(inProject(), ["exec", "-R", "web", ...argv, "--", meet])).code).toBe(expected);
  });

  it("makes control characters harmless", async () => {
    const { stdout } = await fake(inProject(), ["exec", "-R", "staging", "--", "printf '\\033]0;evil\\007x\\n'"]);
    expect(stdout).not.toContain("\x1b");
    expect(stdout).toMatch(/^\[a\] .*x\n$/);
  });

  it("tells of connections and of what went well with -v", async () => {
    const { stdout, stderr } = await fake(inProject(), ["exec", "-R", "staging", "-v", "--", "echo hi"]);
    expect(stdout).toBe("[a] hi\n");
    for (const said of ["[a] connected", "[a] $ echo hi", "[a] exit code 0", "✔ 1 host ok"]) expect(stderr).toContain(said);
  });

  it("ends what takes longer than --timeout", async () => {
    const { code, stderr } = await fake(inProject(), ["exec", "-R", "staging", "--timeout", "100ms", "--", "sleep 60"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\[a\] timed out/);
  });

  it("keeps everything in a log file, and takes the reporters of runs", async () => {
    const root = inProject();
    const { stdout } = await fake(root, ["exec", "-R", "staging", "--log-file", "it.log", "--reporter", "json", "--", "echo hi"]);
    const kinds = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).kind as string);
    expect([kinds[0], kinds.at(-1)]).toEqual(["runStarted", "runFinished"]);
    expect(readFileSync(join(root, "it.log"), "utf8")).toMatch(/\[a\] #1 \| hi/);
    expect((await fake(root, ["exec", "-R", "staging", "--reporter", "plain", "--", "echo hi"])).stderr).toContain("✔ Done in");
  });

  it("runs it as another user with --as", async () => {
    const root = project({ "deployfile.ts": text, "bin/sudo": '#!/bin/sh\necho "sudo: $*" | head -1\n' });
    chmodSync(join(root, "bin/sudo"), 0o755);
    const env = { PATH: `${root}/bin:${process.env["PATH"]}` };
    const { stdout } = await fake(root, ["exec", "-R", "staging", "--as", "postgres", "--", "psql"], { env });
    expect(stdout).toMatch(/^\[a\] sudo: .*-u postgres /m);
  });

  it.each([
    [["--json", "--fold"], "--json and --fold are two forms of one output."],
    [["--fold", "--reporter", "plain"], "--fold and --reporter plain are two forms of one output."],
    [["--json", "--diff"], "--json and --diff are two forms of one output."],
    [["--diff", "-v"], "-v shows output as it comes, and --diff at the end."],
    [["--fold", "-v"], "-v shows output as it comes, and --fold at the end."],
    [["--wait-between", "5s"], "--wait-between waits between groups of hosts, and all hosts are at work at once."],
    [["--timeout", "5"], '--timeout takes a time with its unit, such as 90s or 5m (got "5").'],
    [["--as", "-x y"], "--as needs a value"],
    [["--as=a b"], '--as takes the name of a user (got "a b").'],
    [["--batch", "1"], "`fake exec` takes no --batch."],
  ])("refuses %j before anything runs", async (argv, says) => {
    const root = inProject();
    const { code, stderr } = await fake(root, ["exec", "-R", "staging", ...argv, "--", `touch ${join(root, "ran")}`]);
    expect([code, existsSync(join(root, "ran"))]).toEqual([2, false]);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain("milliseconds");
  });
});

describe("ctrl-C during fake exec", () => {
  const endless = "trap 'touch ended; exit 3' TERM; touch running; while :; do sleep 0.02; done";

  it("ends the command at once, and says who has not finished", async () => {
    const { outcome, io } = start(inProject(), "-R", "web", "-v", "--", `mkdir first 2>/dev/null && exit 0; ${endless}`);
    await reads(() => io.stderr.text.includes("exit code 0") && existsSync(join(io.cwd, "running")));
    io.signal("SIGINT");
    expect(io.stderr.text).toMatch(/SIGINT: ending it where it has not finished: [bc]\.\n$/);
    const { code, stderr } = await outcome;
    expect([code, existsSync(join(io.cwd, "ended"))]).toEqual([130, true]);
    expect(stderr).toMatch(/■ Interrupted after .*: not finished on 1 of 2 hosts: [bc]\.\n$/);
  });

  it.each(["--fold", "--json"])("does so where output is shown at the end: %s", async (form) => {
    const { outcome, io } = start(inProject(), "-R", "web", form, "--", `echo here; ${endless}`);
    await reads(() => existsSync(join(io.cwd, "running")));
    io.signal("SIGINT");
    expect(io.stderr.text).toMatch(/^SIGINT: ending it where it has not finished: /);
    const { code, stdout } = await outcome;
    expect([code, stdout.includes("here")]).toEqual([130, true]);
  });

  it("ends the connecting too", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void silent.close());
    await once(silent, "listening");
    const accepted = once(silent, "connection");
    const { port } = silent.address() as AddressInfo;
    const { outcome, io } = start(inProject(), "-H", `me@127.0.0.1:${port}`, "--host-keys", "accept-new", "--", "true");
    await accepted;
    io.signal("SIGINT");
    const { code, stderr } = await outcome;
    expect(code).toBe(130);
    expect(stderr).toMatch(/^SIGINT: nothing is running\. Not begun on 127.*\n■ Interrupted after .*: not finished on 127.*\n$/);
  });

  it("names hosts by ranges", async () => {
    const root = inProject();
    const { outcome, io } = start(root, "-R", "rack", "-P", "1", "--", "touch running; sleep 60");
    await reads(() => existsSync(join(root, "running")));
    io.signal("SIGINT");
    expect(io.stderr.text).toContain("SIGINT: ending it where it has not finished: node08. Not begun on node[09-10,12].\n");
    await outcome;
  });

  it("does not begin on those that wait for their turn", async () => {
    const root = inProject();
    const { outcome, io } = start(root, "-R", "web", "-P", "1", "--", "touch running; sleep 60");
    await reads(() => existsSync(join(root, "running")));
    io.signal("SIGINT");
    expect(io.stderr.text).toContain("SIGINT: ending it where it has not finished: b. Not begun on c.\n");
    expect((await outcome).stderr).toMatch(/■ Interrupted after .*: not finished on any of 2 hosts\.\n$/);
  });
});

describe("standard input of fake exec", () => {
  const withInput = (input: NodeJS.ReadableStream, ...argv: readonly string[]) => fake(inProject(), ["exec", ...argv], { input });

  it("goes to the command on every host", async () => {
    const { code, stdout } = await withInput(
      Readable.from([Buffer.from("one\n"), Buffer.from("two\n")]),
      "-R",
      "web",
      "--",
      "cat",
    );
    expect([code, lines(stdout)]).toEqual([0, ["[b] one", "[b] two", "[c] one", "[c] two"]]);
  });

  it("goes to those too that begin when others have ended", async () => {
    const { stdout } = await withInput(Readable.from([Buffer.from("one\n")]), "-R", "web", "-P", "1", "--", "cat");
    expect(lines(stdout)).toEqual(["[b] one", "[c] one"]);
  });

  it("need not come to an end for a command that does not read it", async () => {
    const open = new PassThrough();
    const { code, stdout } = await withInput(open, "-R", "web", "--", "echo done");
    expect([code, lines(stdout), open.destroyed]).toEqual([0, ["[b] done", "[c] done"], true]);
  });

  it("is empty where there is none", async () => {
    expect((await fake(inProject(), ["exec", "-R", "staging", "--", "wc -c"])).stdout.trim()).toMatch(/^\[a\]\s+0$/);
  });
});
