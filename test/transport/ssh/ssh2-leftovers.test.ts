import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type Client } from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSshKeyPair } from "../../../src/demo/ssh-key-pair.ts";
import { type SshServer, startSshServer } from "../../../src/demo/ssh-server.ts";
import { apart, keepLess } from "../../../src/transport/ssh/ssh2-leftovers.ts";

interface Protocol {
  readonly _offer: object;
  readonly _remoteIdentRaw: Buffer;
  readonly _decipher: { readonly _tag: Buffer };
  rekey(): void;
}

const { privateKey, publicKey } = createSshKeyPair();
const protocolOf = (client: Client): Protocol => (client as unknown as { readonly _protocol: Protocol })._protocol;

async function say(client: Client, word: string): Promise<string> {
  const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
    client.exec(`echo ${word}`, (error, opened) => (error === undefined ? resolve(opened) : reject(error)));
  });
  let said = "";
  channel.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  channel.stderr.resume();
  channel.end();
  await once(channel, "close");
  return said;
}

describe("what ssh2 keeps of a login", () => {
  let home: string;
  let server: SshServer;
  const clients: Client[] = [];

  async function logIn(cipher: ssh2.CipherAlgorithm): Promise<Client> {
    const client = new ssh2.Client();
    clients.push(client);
    const { port } = server;
    client.connect({ host: "127.0.0.1", port, username: "app", privateKey, algorithms: { cipher: [cipher] } });
    await once(client, "ready");
    return client;
  }

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "fake-leftovers-"));
    server = await startSshServer({ home, authorizedKeys: [publicKey] });
  });

  afterAll(async () => {
    for (const client of clients) client.end();
    await server.close();
    rmSync(home, { recursive: true, force: true });
  });

  it("is one list for all that offer the same, and no pool of node's", async () => {
    const [one, other] = [await logIn("aes128-gcm@openssh.com"), await logIn("aes128-gcm@openssh.com")];
    const different = await logIn("aes256-gcm@openssh.com");
    expect(protocolOf(one)._offer).not.toBe(protocolOf(other)._offer);
    for (const client of [one, other, different]) keepLess(client);
    expect(protocolOf(one)._offer).toBe(protocolOf(other)._offer);
    expect(protocolOf(one)._offer).not.toBe(protocolOf(different)._offer);
    const { _remoteIdentRaw: ident, _decipher: decipher } = protocolOf(one);
    expect([ident, decipher._tag].map(({ buffer }) => buffer.byteLength)).toEqual([ident.length, 16]);
  });

  it("is enough to go on, and to exchange keys again", async () => {
    const client = await logIn("aes128-gcm@openssh.com");
    keepLess(client);
    expect(await say(client, "before")).toBe("before\n");
    const again = once(client, "handshake");
    protocolOf(client).rekey();
    await again;
    expect(await say(client, "behind")).toBe("behind\n");
  });

  it("stays as it is where ssh2 keeps it elsewhere", () => {
    for (const known of [{}, { _protocol: {} }, { _protocol: { _offer: { lists: {} }, _decipher: {} } }])
      expect(() => keepLess(known as unknown as Client)).not.toThrow();
  });
});

describe("a copy that is apart", () => {
  it("has the same bytes, and memory of its own", () => {
    const bytes = Buffer.from("some");
    const copy = apart(bytes);
    expect([copy.equals(bytes), copy.buffer.byteLength]).toEqual([true, 4]);
  });
});
