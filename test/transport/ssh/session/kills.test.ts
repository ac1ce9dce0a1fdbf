import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { secret } from "../../../../src/env/secret.ts";
import { NoSessionError } from "../../../../src/transport/ssh/errors.ts";
import type { SshProcess } from "../../../../src/transport/ssh/session/channel.ts";
import { Kills } from "../../../../src/transport/ssh/session/kills.ts";
import type { OpenSession } from "../../../../src/transport/ssh/session/opening.ts";

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
    const open: OpenSession = async (request, what) => {
      if (refusals.shift()) throw new Error(REFUSED);
      return saying("_fake_signal 1 0\n_fake_signal 2 0\n")(request, what);
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

/** A session whose process says this, and has ended. */
function saying(text: string): OpenSession {
  return async () => {
    const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
    streams.stdout.end(text);
    const ended = Promise.resolve({ exitCode: 0, signal: undefined });
    return { ...streams, marker: "@test", ended, release: () => undefined } as unknown as SshProcess;
  };
}

describe("signals to many processes of a connection", () => {
  const kills = (open: OpenSession): Kills => new Kills(open, async () => false, 50);

  it("go over one session, those of one kind together, and each is told what came of it", async () => {
    const sent: string[] = [];
    const one = kills((request, what) => {
      const [, pids, signal] = /; for p in ([\d ]+); do { \( s=(\w+)/.exec(what?.text ?? "") ?? [];
      sent.push(`${signal} ${pids}`);
      return saying("noise\n_fake_signal 2 1\n_fake_signal 3 0\n_fake_signal 1 0\n_fake_signal 4 0\n")(request, what);
    });
    const all = [one.send("SIGTERM", 1, undefined), one.send("SIGTERM", 2, undefined), one.send("SIGKILL", 4, undefined)];
    all.push(one.send("SIGTERM", 3, undefined));
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    expect(sent).toEqual(["TERM 1 2 3", "KILL 4"]);
  });

  it("go alone where sudo is to be given a password, from its own input", async () => {
    let sessions = 0;
    const one = kills((request, what) => {
      sessions += 1;
      expect(what?.text).toContain(`sudo -S -p ""`);
      return saying("")(request, what);
    });
    await Promise.all([one.send("SIGTERM", 1, secret("pw")), one.send("SIGTERM", 2, secret("pw"))]);
    expect(sessions).toBe(2);
  });

  it("fail where the host says nothing of one", async () => {
    const one = kills(saying("_fake_signal 1 0\n"));
    const outcomes = await Promise.allSettled([one.send("SIGTERM", 1, undefined), one.send("SIGTERM", 2, undefined)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });
});
