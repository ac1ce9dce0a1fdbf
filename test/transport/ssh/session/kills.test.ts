import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { secret } from "../../../../src/env/secret.ts";
import { Started } from "../../../../src/transport/framing/started.ts";
import { NoSessionError } from "../../../../src/transport/ssh/errors.ts";
import type { SshProcess } from "../../../../src/transport/ssh/session/channel.ts";
import { type IdleShells, Kills } from "../../../../src/transport/ssh/session/kills.ts";
import type { OpenSession } from "../../../../src/transport/ssh/session/opening.ts";

const nobody: IdleShells = { takeIdle: () => undefined, park: () => undefined, changed: () => undefined };

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
      nobody,
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
    const kills = new Kills(open, async () => room.shift() ?? false, 10_000, nobody);
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
  const kills = (open: OpenSession): Kills => new Kills(open, async () => false, 50, nobody);

  it("go over one session, those of one kind together, and each is told what came of it", async () => {
    const sent: string[] = [];
    const one = kills((request, what) => {
      const [, signal, pids] = /^s=(\w+);.*atonce ([\d ]+)\);/.exec(what?.text ?? "") ?? [];
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

/** Shells that wait, of which one has what this says, and is parked again when it may wait on. */
function waiting(say: (stdout: PassThrough) => void): { readonly idle: IdleShells; readonly log: string[] } {
  const log: string[] = [];
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const closed = new Promise<undefined>((resolve) => streams.stdout.once("end", () => resolve(undefined)));
  const session = { ...streams, marker: "@test", pid: 1, closed, prelude: undefined, release: () => log.push("released") };
  const shell = new Started(session as unknown as SshProcess);
  streams.stdin.on("data", (chunk: Buffer) => {
    log.push(/^\( _fake_apart; s=(\w+)/.exec(chunk.toString())?.[1] ?? "?");
    say(streams.stdout);
  });
  const sessions = [Object.assign(session, { shell }) as unknown as SshProcess];
  return { idle: { takeIdle: () => sessions.pop(), park: () => log.push("parked"), changed: () => undefined }, log };
}

describe("signals where a shell waits for a flight", () => {
  const send = async (say: (stdout: PassThrough) => void, ...password: ReturnType<typeof secret>[]) => {
    const { idle, log } = waiting(say);
    const open: OpenSession = (request, what) => {
      log.push("session");
      return saying("_fake_signal 1 0\n_fake_signal 2 0\n")(request, what);
    };
    const kills = new Kills(open, async () => false, 50, idle);
    const sent = [1, 2].map((group) => kills.send("SIGTERM", group, password[0]));
    const outcomes = await Promise.allSettled(sent);
    return { log, outcomes: outcomes.map(({ status }) => status) };
  };

  it("go through it, and it waits on", async () => {
    const { log, outcomes } = await send((stdout) => stdout.write("_fake_signal 2 0\n_fake_signal 1 1\n"));
    expect([log, outcomes]).toEqual([
      ["TERM", "parked"],
      ["rejected", "fulfilled"],
    ]);
  });

  it("have a session where it had ended, and the news was on its way", async () => {
    const { log, outcomes } = await send((stdout) => stdout.end());
    expect([log, outcomes]).toEqual([
      ["TERM", "session"],
      ["fulfilled", "fulfilled"],
    ]);
  });

  it("have a session where sudo is to be given a password: the shell would run what sudo leaves of it", async () => {
    expect((await send(() => undefined, secret("pw"))).log).toEqual(["session", "session"]);
  });

  it("are lost with a host that does not answer, and so is the shell", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      const sent = send(() => undefined);
      await setImmediate();
      await vi.advanceTimersByTimeAsync(20_000);
      expect(await sent).toEqual({ log: ["TERM", "released"], outcomes: ["rejected", "rejected"] });
    } finally {
      vi.useRealTimers();
    }
  });
});
