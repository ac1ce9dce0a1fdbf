/** `npm run test:output` sends a gigabyte in place of 60 MB. */
import { execFile } from "node:child_process";
import { createReadStream, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { binary } from "../support/fake.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;
const SIZE = Number(process.env["OUTPUT_BYTES"] ?? 60_000_000);
/** Megabytes of a `fake` that has run one small command, with room for what a megabyte here and there costs. */
const MOST = 260;

/** How often a byte is in a file, and how many there are in all. */
async function count(file: string, byte: string): Promise<{ readonly found: number; readonly size: number }> {
  const wanted = byte.charCodeAt(0);
  let found = 0;
  let size = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    size += chunk.length;
    for (const each of chunk) if (each === wanted) found += 1;
  }
  return { found, size };
}

describe.skipIf(!sshd)(`${SIZE / 1_000_000} MB of output${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let memory: string;
  let env: Readonly<Record<string, string>>;
  const most = (): number => Number(readFileSync(memory, "utf8")) / 1024;

  beforeAll(async () => {
    story = await startStory(1);
    memory = join(story.directory, "memory");
    const hook = join(story.directory, "hook.cjs");
    writeFileSync(
      hook,
      `process.on("exit", () => require("node:fs").writeFileSync(${JSON.stringify(memory)}, String(process.resourceUsage().maxRSS)));`,
    );
    // What is kept in strings ends the process; what is kept in buffers is seen in what it took from the system.
    env = { NODE_OPTIONS: `--max-old-space-size=160 --require ${hook}` };
  });
  afterAll(() => story?.end());

  it("in one line without an end takes little memory: the end is shown, and the log file has all of it", async () => {
    story.deployfile(
      `task("line", "Line", async ({ run }) => { await run("head -c ${SIZE} /dev/zero | tr '\\\\0' x; printf 'the last words'; exit 3"); });`,
    );
    const outcome = await story.fake("-H host1 line --reporter quiet --log-file run.log", { env });
    expect(outcome.exitCode, said(outcome).slice(-3000)).toBe(1);
    expect(said(outcome)).toMatch(/x{20}the last words/);
    expect(said(outcome).length).toBeLessThan(100_000);
    const { found, size } = await count(join(story.directory, "run.log"), "x");
    expect(found).toBeGreaterThanOrEqual(SIZE);
    expect(size).toBeLessThan(SIZE * 1.1);
    expect(most()).toBeLessThan(MOST);
  });

  it("in lines takes little memory with exec --fold: the last of it is printed", async () => {
    const outcome = await story.fake(["exec", "-H", "host1", "--fold", "--", `yes y | head -c ${SIZE}; echo last`], { env });
    expect(outcome.exitCode, said(outcome).slice(-3000)).toBe(0);
    expect(outcome.stdout).toMatch(/^ {2}y\n {2}last\n/m);
    expect(most()).toBeLessThan(MOST);
  });

  it("takes little memory, and is not cut off, where the reader is late", async () => {
    story.deployfile(`task("talk", "Talk", async ({ run }) => { await run("yes ${"y".repeat(99)} | head -c ${SIZE}"); });`);
    const fake = `${process.execPath} ${binary(inject("installed"))} --ssh-config ${story.fleet.sshConfig}`;
    const pipe = (line: string): Promise<string> =>
      new Promise((settle, fail) => {
        const options = { cwd: story.directory, env: { PATH: process.env["PATH"], HOME: story.directory, ...env } };
        execFile("bash", ["-o", "pipefail", "-c", `${fake} ${line}`], { ...options, maxBuffer: SIZE }, (error, stdout) =>
          error === null ? settle(stdout) : fail(error),
        );
      });
    const late = "{ for i in $(seq 900); do grep -q 'task talk ok' late.log && break; sleep 0.1; done; cat; }";
    const shown = await pipe(`-H host1 talk --reporter plain --log-file late.log 2>&1 | ${late}`);
    expect(shown).toMatch(/… \d+ lines left out: nobody read as fast\n.*talk ok/);
    expect(shown.length).toBeLessThan(SIZE / 2);
    expect(most()).toBeLessThan(MOST);
    expect(await pipe("exec -H host1 -- seq 300000 | { sleep 3; tail -n 1; }")).toBe("[host1] 300000\n");
    const streamed = await pipe(`exec -H host1 -- 'yes ${"y".repeat(99)} | head -c ${SIZE}; echo last' | { sleep 3; cat; }`);
    expect(streamed).toMatch(/… \d+ lines left out: nobody read as fast\n/);
    expect(streamed).toMatch(/\n\[host1\] last\n$/);
    expect(most()).toBeLessThan(MOST);
  });
});
