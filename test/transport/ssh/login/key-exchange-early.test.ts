import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noServer, startOtherServer } from "../../../support/other-servers.ts";
import { connect, fleetTransport, output, refusal } from "../../../support/ssh-host.ts";
import { findSshd, NO_SSHD, type SshdFleet, type SshdHost, startSshdFleet } from "../../../support/sshd.ts";
import { startRelay } from "../../../support/turn-relay.ts";

/** RFC 4253: SSH_MSG_DISCONNECT, SSH_MSG_KEXINIT, and the end of plain text; RFC 5656: SSH_MSG_KEX_ECDH_INIT. */
const [DISCONNECT, LIST, NEWKEYS, KEY] = [1, 20, 21, 30];

/** What becomes of that which comes before the server's name. */
type Manner = "passes on" | "hangs up" | "overhears";

interface Said {
  /** Before the server was heard. */
  early: Buffer;
  all: Buffer;
}

/** The way to a server, which may be another one the next time. */
interface Door {
  readonly port: number;
  server: SshdHost;
  manner: Manner;
  /** By the client of each connection. */
  readonly said: Said[];
  stop(): Promise<void>;
}

async function openDoor(server: SshdHost): Promise<Door> {
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const inside = dial({ port: door.server.port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    for (const socket of [client, inside]) {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    pass(client, inside, door);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const door: Door = {
    port: (listener.address() as AddressInfo).port,
    server,
    manner: "passes on",
    said: [],
    async stop() {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return door;
}

function pass(client: Socket, inside: Socket, { manner, said: all }: Door): void {
  const said: Said = { early: Buffer.alloc(0), all: Buffer.alloc(0) };
  all.push(said);
  let isHeard = false;
  client.on("data", (chunk) => {
    said.all = Buffer.concat([said.all, chunk]);
    const name = chunk.subarray(0, chunk.indexOf("\n") + 1);
    if (isHeard || manner === "passes on") inside.write(chunk);
    else if (manner === "overhears" || name.length === chunk.length) inside.write(name);
    else client.end("SSH-2.0-Other_1\r\n");
  });
  client.on("end", () => inside.end()).on("close", () => inside.destroy());
  inside.on("end", () => client.end()).on("close", () => client.destroy());
  inside.once("data", (first) => {
    inside.pause();
    // Long enough for all that a client says unasked.
    setTimeout(() => {
      said.early = said.all;
      isHeard = true;
      client.write(first);
      inside.on("data", (chunk) => client.write(chunk)).resume();
    }, 50);
  });
}

/** Types of the packets behind a client's name, up to where they are encrypted. */
function typesOf(said: Buffer): readonly number[] {
  const types: number[] = [];
  let at = said.indexOf("\n") + 1;
  while (at < said.length && types.at(-1) !== NEWKEYS) {
    types.push(said.readUInt8(at + 5));
    at += 4 + said.readUInt32BE(at);
  }
  return types;
}

describe.skipIf(findSshd() === undefined)(`our key before the server's name${NO_SSHD}`, { timeout: 20_000 }, () => {
  let fleet: SshdFleet;
  let first: SshdHost;
  /** Agrees on another method. */
  let other: SshdHost;
  let door: Door;

  beforeAll(async () => {
    fleet = await startSshdFleet(1);
    first = fleet.hosts[0] as SshdHost;
    other = await fleet.add({ name: "other", config: ["KexAlgorithms ecdh-sha2-nistp256"] });
  });
  beforeEach(async () => {
    door = await openDoor(first);
    return () => door.stop();
  });
  afterAll(() => fleet.stop());

  const configure = (lines: readonly string[] = [], known = door.server): void =>
    fleet.configure({ host1: [...lines, `Port ${door.port}`, `HostKeyAlias [127.0.0.1]:${known.port}`] });

  /** For each connection that one login took: what was said early. */
  async function logIn(fastLogin = true, ...lines: readonly string[]): Promise<(readonly number[])[]> {
    configure(lines);
    const before = door.said.length;
    const connection = await connect(fleetTransport(fleet), "host1", { timeout: 4000, fastLogin });
    expect(await output(connection, "echo in")).toBe("in\n");
    await connection.close();
    return door.said.slice(before).map(({ early }) => typesOf(early));
  }

  it("goes out from the second login on, and nothing else does", async () => {
    expect(await logIn()).toEqual([[]]);
    expect(await logIn()).toEqual([[LIST, KEY]]);
    expect(typesOf((door.said[1] as Said).all)).toEqual([LIST, KEY, NEWKEYS]);
  });

  it("waits where the fast login is off, and then nothing is remembered", async () => {
    expect(await logIn(false)).toEqual([[]]);
    expect(await logIn()).toEqual([[]]);
    expect(await logIn(false)).toEqual([[]]);
  });

  it("waits where the ssh config allows no method that it is for", async () => {
    await logIn();
    expect(await logIn(true, "KexAlgorithms ecdh-sha2-nistp256")).toEqual([[]]);
  });

  it("goes out behind a jump host, too", async () => {
    const jump = await fleet.add({ name: "jump" });
    const line = `ProxyJump 127.0.0.1:${jump.port}`;
    expect(await logIn(true, line)).toEqual([[]]);
    expect(await logIn(true, line)).toEqual([[LIST, KEY]]);
  });

  it("is replaced where the server is another one now, which is remembered", async () => {
    await logIn();
    door.server = other;
    expect(await logIn()).toEqual([[LIST, KEY], []]);
    expect(await logIn()).toEqual([[]]);
    door.server = first;
    expect(await logIn()).toEqual([[]]);
    expect(await logIn()).toEqual([[LIST, KEY]]);
  });

  it.each<Manner>(["hangs up", "overhears"])("is sent again, late, to a server that %s, which is remembered", async (manner) => {
    await logIn();
    door.manner = manner;
    expect(await logIn()).toEqual([expect.anything(), []]);
    expect(await logIn()).toEqual([[]]);
    door.manner = "passes on";
    expect(await logIn()).toEqual([[]]);
  });

  it("is all that a server hears whose host key is not the known one, and that is refused as ever", async () => {
    await logIn();
    door.server = await fleet.add({ name: "stranger" });
    configure([], first);
    const plain = await refusal(connect(fleetTransport(fleet), "host1", { fastLogin: false }));
    const early = await refusal(connect(fleetTransport(fleet), "host1"));
    expect(plain).toMatchObject({ code: "HOST_KEY_CHANGED" });
    expect([early.code, early.message, early.hint]).toEqual([plain.code, plain.message, plain.hint]);
    expect(door.said.length).toBe(3);
    expect(typesOf((door.said[2] as Said).early)).toEqual([LIST, KEY]);
    expect(typesOf((door.said[2] as Said).all).filter((type) => type !== DISCONNECT)).toEqual([LIST, KEY]);
  });
});

describe.each(["dropbear", "tinysshd", "AsyncSSH"] as const)("a further login to %s", (kind) => {
  const skipped = noServer(kind);

  it.skipIf(skipped !== "")(`is a turn shorter than the first, in one attempt${skipped}`, async () => {
    const server = await startOtherServer(kind);
    const way = await startRelay({ port: server.port, delay: 20 });
    server.configure(way.port);
    const transport = fleetTransport(server);
    const turns: number[] = [];
    // The least of a few: a server that is slow to say something makes two turns of one.
    for (let time = 0; time < 4; time++) {
      const connection = await connect(transport, "host1");
      expect(way.connections()).toBe(time + 1);
      turns.push(way.turns().at(-1) ?? Number.NaN);
      await connection.close();
      await way.ended();
    }
    await transport.close();
    await way.stop();
    await server.stop();
    expect(Math.min(...turns.slice(1))).toBe((turns[0] ?? 0) - 1);
  });
});
