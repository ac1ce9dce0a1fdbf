import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { NoSessionError } from "../../../../src/transport/ssh/errors.ts";
import type { SshProcess } from "../../../../src/transport/ssh/session/channel.ts";
import { Kills } from "../../../../src/transport/ssh/session/kills.ts";

describe("a signal to a host that gives no session for it", () => {
  const REFUSED = "(SSH) Channel open failure: open failed";

  /** How often room was made for it, and a session asked for, until it was given up. */
  async function send(error: string, makeRoom: () => Promise<boolean>): Promise<{ room: number; asked: number }> {
    const count = { room: 0, asked: 0 };
    const open = async (): Promise<never> => {
      count.asked += 1;
      throw new Error(error);
    };
    const kills = new Kills(
      open,
      () => {
        count.room += 1;
        return makeRoom();
      },
      50,
    );
    await expect(kills.send("SIGTERM", 1, undefined)).rejects.toEqual(new NoSessionError(error));
    return count;
  }

  it("has room made for it as long as there is any", async () => {
    const room = [true, true, false];
    expect(await send(REFUSED, async () => room.shift() ?? false)).toEqual({ room: 3, asked: 3 });
  });

  it("waits no longer than it may for room that does not come", async () => {
    expect(await send(REFUSED, () => new Promise(() => undefined))).toEqual({ room: 1, asked: 1 });
  });

  it("is given up in time where room does not help", async () => {
    const late = (): Promise<boolean> => new Promise((resolve) => setTimeout(resolve, 20, true));
    expect((await send(REFUSED, late)).asked).toBeLessThan(5);
  });

  it("is asked for again where there was one a moment ago, which the host may still count", async () => {
    const refusals = [true, false, true, true, false];
    const end = Promise.resolve({ exitCode: 0, signal: undefined });
    const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
    const open = async (): Promise<SshProcess> => {
      if (refusals.shift()) throw new Error(REFUSED);
      return { ...streams, ended: end, release: () => undefined } as unknown as SshProcess;
    };
    const room = [true];
    const kills = new Kills(open, async () => room.shift() ?? false, 10_000);
    await kills.send("SIGTERM", 1, undefined);
    await kills.send("SIGTERM", 2, undefined);
    expect(refusals).toEqual([]);
  });

  it.each(["All configured authentication methods failed", "connect ECONNREFUSED", "Unable to exec"])(
    "takes nobody's session away where that is not what it lacks: %s",
    async (error) => {
      expect(await send(error, async () => true)).toEqual({ room: 0, asked: 1 });
    },
  );
});
