import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunEvent } from "../../../src/runner/events.ts";
import { start } from "../../cli/built.ts";
import { isAlive } from "../../support/alive.ts";
import { buildProgram, type Program } from "../../support/program.ts";
import { findSshd, SSHD_MISSING, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

const sshd = findSshd() !== undefined;

describe.skipIf(!sshd)(`a client that was stopped for longer than hosts wait${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let fleet: SshdFleet;
  let program: Program;

  beforeAll(async () => {
    fleet = await startSshdFleet(2);
    program = await buildProgram("napper");
  });
  afterAll(async () => {
    await fleet?.stop();
    program?.remove();
  });

  it("says of each host that it was, and what ran there is over and unknown", async () => {
    const run = start(process.execPath, [program.path, fleet.directory, fleet.sshConfig], program.directory);
    try {
      const files = fleet.hosts.map(({ home }) => join(home, "pid"));
      while (!files.every((file) => existsSync(file))) await delay(10);
      const pids = files.map((file) => Number(readFileSync(file, "utf8")));
      run.child.kill("SIGSTOP");
      // The hosts hear nothing any more.
      while (pids.some(isAlive)) await delay(10);
      run.child.kill("SIGCONT");
      const { stdout } = await run.ended;
      const events = stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as RunEvent);
      for (const host of ["host1", "host2"]) {
        const texts = events.flatMap((event) => (event.kind === "message" && event.host === host ? [event.text] : []));
        expect(texts).toContainEqual(
          expect.stringMatching(/^This machine slept, or this process was stopped, for \d+ (?:s|min)\. host\d heard/),
        );
      }
      expect(events.at(-1)).toMatchObject({
        kind: "runFinished",
        result: {
          ok: false,
          hosts: [
            { host: "host1", status: "unknown" },
            { host: "host2", status: "unknown" },
          ],
        },
      });
    } finally {
      run.child.kill("SIGKILL");
    }
  });
});
