import { type AddressInfo, createServer, type Server } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { createPortFinder, getPort, type PortOptions } from "../../src/process/port.ts";

const host = "127.0.0.1";
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    servers.push(server);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** The first of some ports in a row that nobody listens on. */
async function freeRow(length: number): Promise<number> {
  for (let from = 20_000 + (process.pid % 5000); ; from += length) {
    const row = createPortFinder();
    const ports = Array.from({ length }, (_, index) => from + index);
    const found = await Promise.all(ports.map((port) => row({ from: port, to: port, host }).catch(() => 0)));
    if (!found.includes(0)) return from;
  }
}

describe("getPort", () => {
  it("gives ports that can be listened on, and none twice", async () => {
    const ports = [await getPort(), ...(await Promise.all(Array.from({ length: 20 }, () => getPort({ host })))), await getPort()];
    expect(new Set(ports).size).toBe(22);
    for (const port of ports) expect(await listen(port)).toBe(port);
  });

  it("gives none again soon that the system picks again", async () => {
    const find = createPortFinder();
    const ports: number[] = [];
    // As many as among which some would be the same.
    while (ports.length < 800) ports.push(await find({ host }));
    expect(new Set(ports).size).toBe(800);
  });

  it("gives each of a range once to who ask at the same moment, and says when it is used up", async () => {
    const from = await freeRow(4);
    const find = createPortFinder();
    const answers = await Promise.allSettled(Array.from({ length: 6 }, () => find({ from, to: from + 3, host })));
    const ports = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    expect(ports.sort()).toEqual([from, from + 1, from + 2, from + 3]);
    await expect(find({ from, to: from + 3, host })).rejects.toMatchObject({
      code: "NO_FREE_PORT",
      exitCode: 1,
      message: `No port from ${from} to ${from + 3} is free: 0 are taken, 4 were given in the last 30 s.`,
    });
  });

  it("passes over those that somebody listens on", async () => {
    const from = await freeRow(3);
    await Promise.all([listen(from), listen(from + 2)]);
    for (let time = 0; time < 5; time++) expect(await createPortFinder()({ from, to: from + 2, host })).toBe(from + 1);
    // On one address is not on all of them.
    await expect(createPortFinder()({ from, to: from })).rejects.toThrow(
      `The port ${from} is not free: 1 are taken, 0 were given in the last 30 s.`,
    );
    const find = createPortFinder();
    await find({ from, to: from + 2, host });
    await expect(find({ from, to: from + 2, host })).rejects.toThrow("2 are taken, 1 were given in the last 30 s.");
  });

  it("goes round, and gives a port again after a while, the last one last", async () => {
    const from = await freeRow(6);
    let now = 0;
    const find = createPortFinder(() => now);
    const round = async (): Promise<readonly number[]> => {
      const ports: number[] = [];
      while (ports.length < 6) ports.push(await find({ from, to: from + 5, host }));
      return ports;
    };
    const first = await round();
    const offset = (first[0] ?? 0) - from;
    expect(first).toEqual([0, 1, 2, 3, 4, 5].map((step) => from + ((offset + step) % 6)));
    now += 29_999;
    await expect(round()).rejects.toThrow("6 were given in the last 30 s.");
    now += 1;
    expect(await round()).toEqual(first);
  });

  it("takes one bound alone", async () => {
    expect(await createPortFinder()({ from: 50_000 })).toBeGreaterThanOrEqual(50_000);
    const low = await createPortFinder()({ to: 2000 });
    expect(low >= 1024 && low <= 2000).toBe(true);
  });

  it.each<[PortOptions, string]>([
    [{ from: 0 }, "`from` is 0"],
    [{ to: 65_536 }, "`to` is 65536"],
    [{ from: 1.5, to: Number.NaN }, "`from` is 1.5, `to` is NaN"],
    [{ from: "80" as never }, "`from` is 80"],
    [{ from: 2000, to: 1999 }, "it begins at 2000 and ends at 1999"],
    [{ to: 1000 }, "it begins at 1024 and ends at 1000"],
  ])("refuses %j", async (options, why) => {
    await expect(getPort(options)).rejects.toMatchObject({
      code: "BAD_PORT_RANGE",
      exitCode: 2,
      message: `getPort: this is no range of ports: ${why}.`,
    });
  });

  it.each(["192.0.2.1", "2001:db8::1", "no-such-host.invalid"])("refuses %s, which this machine has not", async (address) => {
    for (const options of [{ host: address }, { host: address, from: 20_000, to: 20_100 }])
      await expect(getPort(options)).rejects.toMatchObject({
        code: "BAD_PORT_HOST",
        exitCode: 2,
        message: expect.stringContaining(address),
      });
    await expect(getPort({ hostt: host } as PortOptions)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
  });

  it("gives what is in the range, each once, however it is asked", async () => {
    const from = await freeRow(20);
    const ranges = fc
      .tuple(fc.nat(19), fc.nat(19))
      .map(([one, other]) => ({ from: from + Math.min(one, other), to: from + Math.max(one, other) }));
    await fc.assert(
      fc.asyncProperty(fc.array(ranges, { maxLength: 12 }), async (asked) => {
        const find = createPortFinder();
        const found = await Promise.all(asked.map((range) => find({ ...range, host }).catch(() => undefined)));
        const given = found.flatMap((port) => port ?? []);
        expect(new Set(given).size).toBe(given.length);
        for (const [index, port] of found.entries()) {
          const { from: low = 0, to: high = 0 } = asked[index] ?? {};
          if (port !== undefined) expect(port >= low && port <= high).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});
