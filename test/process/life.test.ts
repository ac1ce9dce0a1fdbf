import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { createLauncher } from "../../src/execution/launcher.ts";
import { findSshd, SSHD_MISSING, type SshdFleet, startSshdFleet } from "../support/sshd.ts";

const PROCESSES = 8;
const PATIENCE = { timeout: 60_000 };

/** Passes on what a server sends, and stands still for a while after each so many bytes: the server has all the time to run ahead. */
async function startStalling(port: number, { every, milliseconds }: { every: number; milliseconds: number }) {
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    const host = connect(port, "127.0.0.1");
    sockets.push(client, host);
    for (const socket of [client, host]) socket.on("error", () => undefined);
    client.pipe(host);
    const pass = async (): Promise<void> => {
      let left = every;
      for await (const chunk of host as AsyncIterable<Buffer>) {
        left -= chunk.length;
        if (left <= 0) await delay(milliseconds);
        if (left <= 0) left = every;
        if (!client.write(chunk)) await new Promise((resolve) => client.once("drain", resolve));
      }
      client.end();
    };
    pass().catch(() => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, stop };
}

const fleet = findSshd() === undefined ? undefined : await startSshdFleet(1);

describe.skipIf(fleet === undefined)(fleet === undefined ? SSHD_MISSING : "the output of what has ended", () => {
  const { hosts, sshConfig, configure, stop } = fleet as SshdFleet;
  afterAll(() => stop());

  /** Numbers of bytes that processes at once have given over such a link, and whether they were ok. */
  async function read(bytes: number, stall: { every: number; milliseconds: number }, ...lines: readonly string[]) {
    const port = hosts[0]?.port ?? 0;
    const stalling = await startStalling(port, stall);
    configure({ host1: [`Port ${stalling.port}`, `HostKeyAlias [127.0.0.1]:${port}`, ...lines] });
    const launcher = createLauncher({ sshConfig, env: { PATH: process.env["PATH"] } });
    try {
      const same = Array.from({ length: PROCESSES }, () => "host1");
      const streams = await launcher.remote(same, `head -c ${bytes} /dev/zero`, { stdin: "" }).run();
      return streams.processes.map(({ stdout, finishedOk }) => [stdout.length, finishedOk]);
    } finally {
      await launcher.close();
      stalling.stop();
    }
  }
  const whole = (bytes: number) => Array.from({ length: PROCESSES }, () => [bytes, true]);

  it("is read to its end, though the link stands still between the word of that and the output", PATIENCE, async () => {
    expect(await read(1_900_000, { every: 2_500_000, milliseconds: 1400 })).toEqual(whole(1_900_000));
  });

  it("is a sign of life of the link, where the answer to a keepalive comes behind it", PATIENCE, async () => {
    const lines = ["ServerAliveInterval 1", "ServerAliveCountMax 3"];
    expect(await read(900_000, { every: 100_000, milliseconds: 80 }, ...lines)).toEqual(whole(900_000));
  });
});
