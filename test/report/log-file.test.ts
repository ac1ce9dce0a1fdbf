import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createLogFile } from "../../src/report/log-file.ts";
import { tee } from "../../src/report/tee.ts";
import type { RunEvent } from "../../src/runner/events.ts";
import { readStream } from "./streams.ts";

const directory = mkdtempSync(join(tmpdir(), "log-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const clock = (): Date => new Date(Date.UTC(2026, 10, 20, 10, 15));

async function logged(name: string, events: readonly RunEvent[]): Promise<string> {
  const path = join(directory, name);
  const reporter = createLogFile({ path, clock });
  for (const event of events) reporter.on(event);
  await reporter.end();
  return readFileSync(path, "utf8");
}

describe("the log file", () => {
  it("has everything, with the time, host by host", async () => {
    expect(await logged("one.log", readStream("one-host"))).toMatchSnapshot();
    expect(await logged("failed.log", readStream("three-hosts-failure"))).toMatchSnapshot();
  });

  it("has all of a huge output", async () => {
    const text = await logged("huge.log", readStream("huge-output"));
    expect(text.match(/compiling /g)?.length).toBe(150 * 2 * 20);
    expect(text.match(/y/g)?.length).toBeGreaterThanOrEqual(20_000);
  });

  it("is appended to", async () => {
    writeFileSync(join(directory, "kept.log"), "before\n");
    expect(await logged("kept.log", readStream("dry-run"))).toMatch(/^before\n2026-11-20T10:15:00\.000Z run r1: deploy on /);
  });

  it("can be read by its owner alone", async () => {
    await logged("mine.log", []);
    expect(statSync(join(directory, "mine.log")).mode & 0o777).toBe(0o600);
  });

  it("has what happened up to a crash", () => {
    const path = join(directory, "crash.log");
    const reporter = createLogFile({ path, clock });
    for (const event of readStream("one-host").slice(0, 14)) reporter.on(event);
    expect(readFileSync(path, "utf8")).toContain("deploy-lock");
    reporter.restore?.();
  });

  it("refuses a file that cannot be written, before anything runs", () => {
    expect(() => createLogFile({ path: join(directory, "nowhere", "x.log"), clock })).toThrow(
      expect.objectContaining({ code: "LOG_FILE", exitCode: 2 }),
    );
  });
});

describe("tee", () => {
  it("lets no reporter keep the others from hearing", async () => {
    const heard: string[] = [];
    const broken = {
      on: () => {
        throw new Error("bad");
      },
      end: () => Promise.reject(new Error("bad")),
      restore: () => {
        throw new Error("bad");
      },
    };
    const good = {
      on: (event: RunEvent) => heard.push(event.kind),
      end: async () => {
        heard.push("end");
      },
      restore: () => {
        heard.push("restore");
      },
    };
    const both = tee([broken, good]);
    both.on({ kind: "changed", host: "a", text: "b" });
    both.restore?.();
    await both.end();
    expect(heard).toEqual(["changed", "restore", "end"]);
  });
});
