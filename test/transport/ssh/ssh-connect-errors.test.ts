import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRelay } from "../../../src/rehearse/relay.ts";
import { createSshTransport } from "../../../src/transport/ssh/transport.ts";
import type { Transport } from "../../../src/transport/transport.ts";
import { nowhere } from "../../support/nowhere.ts";
import { connect, fleetTransport, host, refusal } from "../../support/ssh-host.ts";
import { findSshd, NO_SSHD, plainKey, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

const bare = (): Transport => createSshTransport({ env: { PATH: process.env.PATH }, home: nowhere, backOff: [] });

/** A TCP server that does as it is told with each connection. */
async function listen(serve: (socket: Socket) => void): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, server };
}

describe("hosts that cannot be connected to", () => {
  it("says that a name does not resolve", async () => {
    const error = await refusal(connect(bare(), "no-such-host.invalid"));
    expect(error).toMatchObject({
      name: "ConnectError",
      host: "no-such-host.invalid",
      code: "HOST_NOT_FOUND",
      hint: expect.stringContaining("spelling"),
    });
  });

  it("says that nothing listens", async () => {
    const { port, server } = await listen(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    expect(await refusal(connect(bare(), `127.0.0.1:${port}`))).toMatchObject({
      code: "CONNECTION_REFUSED",
      message: `Nothing accepts connections on 127.0.0.1 port ${port}.`,
    });
  });

  it("gives up on one that accepts and says nothing", async () => {
    const { port, server } = await listen(() => undefined);
    expect(await refusal(connect(bare(), `127.0.0.1:${port}`, { timeout: 200 }))).toMatchObject({
      code: "HANDSHAKE_TIMEOUT",
      message: `127.0.0.1 port ${port} accepted the connection but did not finish the SSH handshake within 200 ms.`,
    });
    server.close();
  });

  it("says that one is no SSH server", async () => {
    const { port, server } = await listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect((await refusal(connect(bare(), `127.0.0.1:${port}`))).code).toMatch(/NOT_SSH|PROTOCOL_ERROR/);
    server.close();
  });

  it("says that one hangs up at once", async () => {
    const { port, server } = await listen((socket) => socket.end());
    expect(await refusal(connect(bare(), `127.0.0.1:${port}`))).toMatchObject({
      code: "NOT_SSH",
      hint: expect.stringContaining("MaxStartups"),
    });
    const reset = await listen((socket) => socket.resetAndDestroy());
    expect(await refusal(connect(bare(), `127.0.0.1:${reset.port}`))).toMatchObject({
      code: expect.stringMatching(/NOT_SSH|CONNECT_FAILED/),
    });
    server.close();
    reset.server.close();
  });

  it("says that there is no algorithm in common", async () => {
    const { port, server } = await listen((socket) => {
      socket.write("SSH-2.0-Museum\r\n");
      const lists = [
        "diffie-hellman-group1-sha1",
        "ssh-dss",
        "3des-cbc",
        "3des-cbc",
        "hmac-md5",
        "hmac-md5",
        "none",
        "none",
        "",
        "",
      ];
      const body = Buffer.concat([
        Buffer.from([20]),
        Buffer.alloc(16),
        ...lists.flatMap((list) => [uint32(list.length), Buffer.from(list)]),
        Buffer.alloc(5),
      ]);
      const padding = 8 - ((5 + body.length) % 8) + 4;
      const extra = (8 - ((5 + body.length + padding) % 8)) % 8;
      socket.write(
        Buffer.concat([
          uint32(1 + body.length + padding + extra),
          Buffer.from([padding + extra]),
          body,
          Buffer.alloc(padding + extra),
        ]),
      );
    });
    expect(await refusal(connect(bare(), `127.0.0.1:${port}`))).toMatchObject({
      code: "NO_COMMON_ALGORITHM",
      message: expect.stringContaining("no matching key exchange algorithm"),
    });
    server.close();
  });

  it("stops at once when the run is aborted", async () => {
    const { port, server } = await listen(() => undefined);
    const controller = new AbortController();
    const attempt = connect(bare(), `127.0.0.1:${port}`, { signal: controller.signal });
    controller.abort(new Error("stop"));
    await expect(attempt).rejects.toThrow("stop");
    server.close();
  });

  it("starts no more handshakes at once than it may", async () => {
    let accepted = 0;
    const { port, server } = await listen(() => {
      accepted += 1;
    });
    const transport = createSshTransport({ env: { PATH: process.env.PATH }, home: nowhere, handshakes: 2 });
    const attempts = Array.from({ length: 6 }, () => refusal(connect(transport, `127.0.0.1:${port}`, { timeout: 100 })));
    await Promise.race(attempts);
    expect(accepted).toBe(2);
    await Promise.all(attempts);
    expect(accepted).toBe(6);
    server.close();
  });

  it("refuses a name that ssh would take for an option, before ssh sees it", async () => {
    const bad = { ...host("app1"), address: "-oProxyCommand=touch /tmp/pwned" };
    await expect(bare().connect(bad, { signal: new AbortController().signal, after: undefined })).rejects.toMatchObject({
      name: "UsageError",
      code: "BAD_HOST",
    });
  });

  it("reaches a host over IPv6", async () => {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, "::1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await refusal(connect(bare(), `[::1]:${port}`))).toMatchObject({ code: "NOT_SSH" });
    server.close();
  });
});

describe.skipIf(findSshd() === undefined)(`OpenSSH hosts that do not let us work${NO_SSHD}`, () => {
  let fleet: SshdFleet;

  beforeAll(async () => {
    fleet = await startSshdFleet(1);
  });

  beforeEach(() => fleet.configure());
  afterAll(() => fleet.stop());

  it("says that the server stopped answering during the login", async () => {
    const relay = await startRelay(fleet.hosts[0]?.port ?? 0, { freezeAfter: 1700 });
    fleet.configure({ host1: [`Port ${relay.port}`] });
    writeFileSync(fleet.knownHosts, `* ${plainKey(fleet.hosts[0]?.hostKey ?? fleet.key)}\n`);
    expect(await refusal(connect(fleetTransport(fleet), "host1", { timeout: 700 }))).toMatchObject({
      code: "AUTH_TIMEOUT",
      message: expect.stringContaining("did not answer the login"),
    });
    await relay.stop();
  });

  it("says that it hangs after authentication", async () => {
    const shell = join(fleet.directory, "hanging-shell");
    writeFileSync(shell, "#!/bin/sh\nexec sleep 3\n", { mode: 0o755 });
    await fleet.add({ name: "hanging", shell });
    const error = await refusal(connect(fleetTransport(fleet), "hanging", { timeout: 700 }));
    expect(error).toMatchObject({
      code: "LOGIN_HANGS",
      message: expect.stringMatching(/let us in, but its shell did not start within 700 ms: it hangs after authentication/),
    });
  });

  it("shows what a shell that lets nobody in says", async () => {
    const shell = join(fleet.directory, "nologin-shell");
    writeFileSync(shell, "#!/bin/sh\nprintf 'This account is \\033[31mnot available.\\n'\nexit 1\n", { mode: 0o755 });
    await fleet.add({ name: "nologin", shell });
    const error = await refusal(connect(fleetTransport(fleet), "nologin"));
    expect(error).toMatchObject({
      code: "NO_SHELL",
      message: expect.stringContaining("It said: This account is not available."),
    });
  });

  it("names what only ssh itself can do", async () => {
    fleet.configure({ host1: ["ProxyCommand nc %h %p"] });
    const error = await refusal(connect(fleetTransport(fleet), "host1"));
    expect(error).toMatchObject({ code: "UNSUPPORTED_BY_SSH_TRANSPORT", hint: expect.stringContaining("ProxyJump") });
    expect(error.hint).toContain('transport: "openssh"');
    expect(error.message).toMatch(/ProxyCommand nc .*This version's ssh transport cannot do that/);
  });

  it("says that a server has no sessions to give", async () => {
    await fleet.add({ name: "none", config: ["MaxSessions 0"] });
    expect(await refusal(connect(fleetTransport(fleet), "none"))).toMatchObject({
      code: "NO_SESSION",
      hint: expect.stringContaining("MaxSessions"),
    });
  });
});

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
