/**
 * Ports of the far side, by a master process of OpenSSH's. What it passes on in proxy mode does not do for that: it keeps the server's
 * answer to itself, and a port that the server has chosen with it. So it is told to forward (PROTOCOL.mux, section 6), to a socket of ours
 * beside its own.
 */
import { rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "ssh2";
import { LAST_WORDS_MS } from "../limits.ts";
import { writeStrings } from "../ssh/strings.ts";
import type { Listen } from "../ssh/tunnel-source.ts";
import type { TcpAddress } from "../tunnel.ts";
import { tunnelError } from "../tunnels/errors.ts";
import { TunnelStream } from "../tunnels/tunnel-stream.ts";
import { createMessageSplitter, MUX, MUX_VERSION, muxMessage } from "./mux-client.ts";
import type { Supervisor } from "./supervisor.ts";

/** PROTOCOL.mux, section 11. */
const ASK = { alive: 0x10000004, forward: 0x10000006, cancel: 0x10000007 } as const;
const ANSWER = { ok: 0x80000001, alive: 0x80000005, port: 0x80000007 } as const;
const REMOTE = 2;
/** In place of a port: what is before it is the path of a socket. */
const PATH = 0xff_ff_ff_fe;

/** @param host its id @param link the control socket of the process, and who speaks over it */
export function createListen(
  host: string,
  { socket: master, client }: { readonly socket: string; readonly client: Client },
  supervisor: Pick<Supervisor, "nextSocket">,
): Listen {
  return async (address, onConnection) => {
    const path = supervisor.nextSocket();
    const bound = { host: address.host, port: address.port };
    const reset = (): Error => tunnelError("TUNNEL_RESET", host, bound);
    /** The master goes when the link does, and its sockets end like any other. */
    const confirmEnd = async (): Promise<void> => {
      try {
        await ask(master, ASK.alive, Buffer.alloc(0));
      } catch {
        // The connection knows better what has happened, and says it when it has heard all.
        await delay(2 * LAST_WORDS_MS);
        throw reset();
      }
    };
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      onConnection(new TunnelStream(socket, { confirmEnd, reset }));
    });
    await new Promise<void>((resolve, reject) => void server.once("error", reject).listen(path, resolve));
    server.on("error", () => undefined);
    const end = async (): Promise<void> => {
      server.close();
      await rm(path, { force: true });
    };
    try {
      bound.port = (await forward(master, address, path)) ?? address.port;
    } catch (cause) {
      await end();
      throw await listenError(host, master, address, path, cause);
    }
    return {
      number: bound.port,
      async close() {
        await cancel(master, address, path);
        await Promise.all([askServer(client), end()]);
      },
    };
  };
}

/** The port that the server has chosen, if any. */
async function forward(master: string, address: TcpAddress, path: string): Promise<number | undefined> {
  const { kind, rest } = await ask(master, ASK.forward, request(address, path));
  return kind === ANSWER.port ? rest.readUInt32BE(0) : undefined;
}

/** The server does one thing after the other, and says nothing to the end of a forward: when this is refused, it has done that, too. */
function askServer(client: Client): Promise<void> {
  return new Promise((resolve) => {
    try {
      client.forwardOut("127.0.0.1", 0, "127.0.0.1", 0, (_error, channel) => {
        channel?.destroy();
        resolve();
      });
    } catch {
      resolve();
    }
  });
}

async function cancel(master: string, address: TcpAddress, path: string): Promise<void> {
  await ask(master, ASK.cancel, request(address, path)).catch(() => undefined);
}

function request({ host, port }: TcpAddress, path: string): Buffer {
  return Buffer.concat([number(REMOTE), writeStrings(host), number(port), writeStrings(path), number(PATH)]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** One request, on a connection of its own. Rejects when the master refuses it, or is gone. */
function ask(master: string, kind: number, body: Buffer): Promise<{ readonly kind: number; readonly rest: Buffer }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: master });
    const split = createMessageSplitter((message) => {
      const answer = message.readUInt32BE(0);
      if (answer === MUX.hello) return;
      socket.destroy();
      if ((Object.values(ANSWER) as number[]).includes(answer)) resolve({ kind: answer, rest: message.subarray(8) });
      else reject(new Error(message.subarray(12).toString()));
    });
    socket.on("data", (chunk) => {
      try {
        split(chunk);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the ssh program is gone")));
    const head = Buffer.concat([number(8 + body.length), number(kind), number(1), body]);
    socket.write(Buffer.concat([muxMessage(MUX.hello, MUX_VERSION), head]));
  });
}

/** A server says no more than no. One that gives another port of the same name would have given this one, were it free. */
async function listenError(host: string, master: string, address: TcpAddress, path: string, cause: unknown): Promise<Error> {
  const other = { ...address, port: 0 };
  const isOther = address.port !== 0 && (await forward(master, other, path).catch(() => undefined)) !== undefined;
  if (!isOther) return tunnelError("LISTEN_FAILED", host, address, { said: "its SSH server refuses it", cause });
  await cancel(master, other, path);
  return tunnelError("PORT_BUSY", host, address, { cause });
}
