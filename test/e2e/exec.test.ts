import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { isAlive } from "../support/alive.ts";
import { binary } from "../support/fake.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;
const HOSTS = [0, 1, 2];

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

  it("ends everywhere at the first ctrl-C, says where it had not finished, and leaves nothing running", async () => {
    const home = (host: number, ...path: string[]): string => join(story.fleet.hosts[host]?.home ?? "", ...path);
    const command = "case $HOME in */host1/*) echo done;; *) echo $$ >$HOME/pid; echo line; exec tail -F $HOME/log;; esac";
    const run = story.start(["exec", "-R", "all", "-v", "--", command]);
    await run.seen("[host1] exit code 0");
    await vi.waitFor(() => expect([1, 2].map((host) => existsSync(home(host, "pid")))).toEqual([true, true]), 20_000);
    await run.seen("[host2] line");
    await run.seen("[host3] line");
    run.child.kill("SIGINT");
    const { exitCode, stderr } = await run.outcome;
    expect(exitCode).toBe(130);
    expect(stderr).toContain("SIGINT: ending it where it has not finished: host[2-3].");
    expect(stderr).toMatch(/■ Interrupted after .*: not finished on 2 of 3 hosts: host\[2-3\]\.\n$/);
    const pids = [1, 2].map((host) => Number(story.read(host, "..", "pid")));
    await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false]), 10_000);
  });
});
