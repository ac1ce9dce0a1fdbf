import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { isAlive } from "../support/alive.ts";
import { binary } from "../support/fake.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;
const HOSTS = [0, 1, 2, 3, 4, 5];

describe.skipIf(!sshd)(`fake exec on real hosts${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  beforeAll(async () => {
    story = await startStory(HOSTS.length);
  });
  afterAll(() => story?.end());

  /** A line for a shell; `FAKE` is the program. */
  const shell = (line: string): Promise<{ code: number; stdout: string[]; stderr: string }> =>
    new Promise((settle) => {
      const program = `${process.execPath} ${binary(inject("installed"))} --ssh-config ${story.fleet.sshConfig} -R all`;
      const options = { cwd: story.directory, env: { PATH: process.env["PATH"], HOME: story.directory } };
      execFile("bash", ["-c", line.replaceAll("FAKE", program)], options, (error, stdout, stderr) =>
        settle({ code: error === null ? 0 : Number(error.code), stdout: stdout.trimEnd().split("\n").sort(), stderr }),
      );
    });
  const onAll = (text: string): string[] => HOSTS.map((host) => `[host${host + 1}] ${text}`);

  it.each([
    ["a pipe", "printf 'a\\nb' | FAKE exec -- wc -c", "3"],
    ["a pipe, for hosts that take turns", "printf 'a\\nb' | FAKE exec -P 1 -- wc -c", "3"],
    ["a file", "FAKE exec -- wc -c < large", "2000000"],
    ["a file that was read in part", "{ read -r line; FAKE exec -- wc -l; } < lines", "2"],
    ["/dev/null", "FAKE exec -- wc -c </dev/null", "0"],
    ["an input that was closed", "FAKE exec -- wc -c <&-", "0"],
    [
      "a pipe that never ends, which the command does not read",
      "exec 3< <(exec sleep 30); FAKE exec -- echo 1 <&3; code=$?; kill $!; exit $code",
      "1",
    ],
    ["more than anybody reads", "yes | FAKE exec -- 'head -n 1 | wc -l'", "1"],
  ])("passes on %s", async (_, line, expected) => {
    writeFileSync(join(story.directory, "large"), Buffer.alloc(2_000_000));
    writeFileSync(join(story.directory, "lines"), "first\nsecond\nthird\n");
    const { code, stdout, stderr } = await shell(line);
    expect([stdout.map((text) => text.replace(/ +/g, " ")), stderr]).toEqual([onAll(expected), ""]);
    expect(code).toBe(0);
  });

  it("uses up no file that a loop reads", async () => {
    writeFileSync(join(story.directory, "lines"), "first\nsecond\nthird\n");
    const { code, stdout } = await shell("while read -r line; do FAKE exec -x 'host[2-6]' -- wc -l; done < lines");
    expect([code, stdout.map((text) => text.replace(/ +/g, " "))]).toEqual([0, ["[host1] 0", "[host1] 1", "[host1] 2"]]);
  });

  it("ends everywhere at the first ctrl-C, says where it had not finished, and leaves nothing running", async () => {
    const home = (host: number, ...path: string[]): string => join(story.fleet.hosts[host]?.home ?? "", ...path);
    const others = HOSTS.slice(1);
    const command = "case $HOME in */host1/*) echo done;; *) echo $$ >$HOME/pid; echo line; exec tail -F $HOME/log;; esac";
    const run = story.start(["exec", "-R", "all", "-v", "--", command]);
    await run.seen("[host1] exit code 0");
    await vi.waitFor(() => expect(others.every((host) => existsSync(home(host, "pid")))).toBe(true), 20_000);
    for (const host of others) await run.seen(`[host${host + 1}] line`);
    run.child.kill("SIGINT");
    const { exitCode, stderr } = await run.outcome;
    expect(exitCode).toBe(130);
    expect(stderr).toContain("SIGINT: ending it where it has not finished: host[2-6].");
    expect(stderr).toMatch(/■ Interrupted after .*: not finished on 5 of 6 hosts: host\[2-6\]\.\n$/);
    const pids = others.map((host) => Number(story.read(host, "..", "pid")));
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), 10_000);
  });

  it("works on as many hosts as -P says, and begins on the next as soon as one has ended", async () => {
    const log = join(story.directory, "log");
    // The first ends when two others have come and gone: in groups of two it would wait for ever.
    const first = `case $HOME in */host1/*) until grep -q '+.*/host4/' ${log}; do sleep 0.05; done;; esac`;
    const command = `echo + $HOME/ >>${log}; ${first}; echo - >>${log}`;
    const { exitCode, stderr } = await story.fake(["exec", "-R", "all", "-P", "2", "--timeout", "60s", "--", command]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    let [now, most] = [0, 0];
    for (const line of readFileSync(log, "utf8").trimEnd().split("\n")) {
      now += line.startsWith("+") ? 1 : -1;
      most = Math.max(most, now);
    }
    expect([now, most]).toEqual([0, 2]);
  });

  it("ends what takes longer than --timeout on each host, with what it has started", async () => {
    const stubborn = `sh -c 'trap "" TERM; echo $$ >$HOME/pid; while :; do sleep 1; done' & wait`;
    const command = `case $HOME in */host[12]/*) ${stubborn};; *) echo done;; esac`;
    const { exitCode, stdout, stderr } = await story.fake(["exec", "-R", "all", "--timeout", "4s", "--", command]);
    expect([exitCode, stdout.trimEnd().split("\n").sort()]).toEqual([1, onAll("done").slice(2)]);
    expect(stderr).toContain("[host2] timed out");
    expect(stderr).toMatch(/✖ 2 of 6 hosts failed: timed out \(host\[1-2\]\)\n$/);
    const pids = [0, 1].map((host) => Number(story.read(host, "..", "pid")));
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), 20_000);
  });

  it("shows what hosts have in common, and with --diff how one differs", async () => {
    const command = "case $HOME in */host5/*) echo other;; *) echo same;; esac";
    const folded = await story.fake(["exec", "-R", "all", "--fold", "--", command]);
    expect(folded).toMatchObject({ exitCode: 0, stdout: "host[1-4,6]\n  same\nhost5\n  other\n" });
    const { stdout } = await story.fake(["exec", "-H", "host[1-4,6],host5", "--diff", "--", command]);
    const difference = ["host5", "  --- host[1-4,6]", "  +++ host5", "  @@ -1 +1 @@", "  -same", "  +other", ""];
    expect(stdout).toBe(["host[1-4,6]", "  same", ...difference].join("\n"));
  });
});
