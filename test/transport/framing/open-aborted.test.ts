import { spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseHost } from "../../../src/hosts/parse-host.ts";
import { createTransports, type Transports } from "../../../src/transport/pick.ts";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

/** In the arguments of what runs, and of nothing else on this machine. */
const SLEEP = `sleep 3${process.pid}.5`;

const isAlive = (): boolean => spawnSync("pgrep", ["-f", SLEEP]).status === 0;

describe.skipIf(findSshd() === undefined)(`a channel that is not wanted any more while it is opened${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  let transports: Transports;
  beforeAll(async () => {
    fleet = await startSshdFleet(1);
    transports = createTransports({
      ssh: { env: { PATH: process.env["PATH"] }, sshConfig: fleet.sshConfig },
      local: { cwd: fleet.directory, env: {} },
    });
  });
  afterAll(async () => {
    await transports?.close();
    await fleet?.stop();
  });

  it("is none at once, whatever its host was about to say, and nothing of it runs on", async () => {
    const { signal } = new AbortController();
    const connection = await transports.get("ssh").connect(parseHost("host1"), { signal, after: undefined });
    const reason = new Error("not wanted");
    const outcomes: unknown[] = [];
    for (const after of [0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 25]) {
      const stop = new AbortController();
      setTimeout(() => stop.abort(reason), after);
      const opened = connection.open({ script: SLEEP, signal: stop.signal }).then(
        (channel) => channel.ended.then(() => "ended"),
        (error: unknown) => error,
      );
      outcomes.push(await Promise.race([opened, delay(10_000, "nothing came of it", { ref: false })]));
    }
    expect(outcomes.filter((one) => one !== reason && one !== "ended")).toEqual([]);
    expect(outcomes).toContain(reason);
    await expect.poll(isAlive, { timeout: 20_000 }).toBe(false);
    await connection.close();
  });
});
