import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { secret } from "../../../src/env/secret.ts";
import { startRelay } from "../../../src/rehearse/relay.ts";
import type { SshTransportOptions } from "../../../src/transport/ssh/options.ts";
import type { Transport } from "../../../src/transport/transport.ts";
import { nowhere } from "../../support/nowhere.ts";
import { hasOpenssh, OPENSSH_MISSING, opensshTransport } from "../../support/openssh-transport.ts";
import { connect, host, output, refusal } from "../../support/ssh-host.ts";
import { fingerprintBySshKeygen, makeKey } from "../../support/ssh-keys.ts";
import { plainKey, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

describe.skipIf(!hasOpenssh)(hasOpenssh ? "hosts that the system's ssh cannot log in to" : OPENSSH_MISSING, () => {
  let fleet: SshdFleet;
  let transports: Transport[] = [];
  let servers: Server[] = [];

  beforeAll(async () => {
    fleet = await startSshdFleet(1);
    await fleet.add({ name: "host2", authorizedKeys: [] });
  });
  beforeEach(() => fleet.configure());
  afterEach(async () => {
    await Promise.all(transports.map((transport) => transport.close()));
    for (const server of servers) server.close();
    [transports, servers] = [[], []];
  });
  afterAll(() => fleet.stop());

  function transport(options: Partial<SshTransportOptions> = {}): Transport {
    const made = opensshTransport(fleet, options);
    transports.push(made);
    return made;
  }

  async function listen(serve: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      serve(socket);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }

  /** Leaves the key of a host out of known_hosts. */
  function forget(index: number): void {
    const others = fleet.hosts.filter((_host, at) => at !== index);
    writeFileSync(fleet.knownHosts, others.map(({ port, hostKey }) => `[127.0.0.1]:${port} ${plainKey(hostKey)}\n`).join(""));
  }

  it("does not resolve, does not listen, is no SSH server", async () => {
    expect(await refusal(connect(transport(), "no-such-host.invalid"))).toMatchObject({
      name: "ConnectError",
      host: "no-such-host.invalid",
      code: "HOST_NOT_FOUND",
    });
    const port = await listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect((await refusal(connect(transport(), `127.0.0.1:${port}`))).code).toMatch(/NOT_SSH|PROTOCOL_ERROR/);
    servers.pop()?.close();
    expect(await refusal(connect(transport(), `127.0.0.1:${port}`))).toMatchObject({
      code: "CONNECTION_REFUSED",
      message: `Nothing accepts connections on 127.0.0.1 port ${port}.`,
    });
  });

  it("accepts and says nothing", async () => {
    const port = await listen(() => undefined);
    expect(await refusal(connect(transport(), `127.0.0.1:${port}`, { timeout: 1500 }))).toMatchObject({
      code: "HANDSHAKE_TIMEOUT",
      message: `127.0.0.1 port ${port} accepted the connection but did not finish the SSH handshake within 1500 ms.`,
    });
  });

  it("stops answering during the login, or hangs after it", async () => {
    const relay = await startRelay(fleet.hosts[0]?.port ?? 0, { freezeAfter: 2700 });
    fleet.configure({ host1: [`Port ${relay.port}`] });
    writeFileSync(fleet.knownHosts, `* ${plainKey(fleet.hosts[0]?.hostKey ?? fleet.key)}\n`);
    expect(await refusal(connect(transport(), "host1", { timeout: 2000 }))).toMatchObject({ code: "AUTH_TIMEOUT" });
    await relay.stop();
    const shell = join(fleet.directory, "hanging-shell");
    writeFileSync(shell, "#!/bin/sh\nexec sleep 5\n", { mode: 0o755 });
    await fleet.add({ name: "hanging", shell });
    expect(await refusal(connect(transport(), "hanging", { timeout: 2000 }))).toMatchObject({ code: "LOGIN_HANGS" });
  });

  it("stops at once when the run is aborted", async () => {
    const port = await listen(() => undefined);
    const controller = new AbortController();
    const attempt = connect(transport(), `127.0.0.1:${port}`, { signal: controller.signal });
    controller.abort(new Error("stop"));
    await expect(attempt).rejects.toThrow("stop");
  });

  it("takes none of our keys", async () => {
    const error = await refusal(connect(transport(), "host2"));
    expect(error).toMatchObject({ code: "AUTH_FAILED", hint: expect.stringContaining(`ssh-copy-id -p ${fleet.hosts[1]?.port}`) });
    expect(error.message).toContain(
      `${fleet.user}@127.0.0.1:${fleet.hosts[1]?.port} refused the login. Tried: ${fleet.key.path}`,
    );
    expect(error.message).toContain("The server takes: publickey.");
    expect(error.message).toContain("Permission denied (publickey)");
  });

  it.each([
    ["takes none of our keys", "Permission denied \\(publickey\\)", [], true],
    ["has a key that is not known", "Host key verification failed", [], false],
    ["does not listen", "Connection refused", ["Port 1"], true],
  ])("is behind a jump host that %s: which is named, and not the host", async (_title, said, lines, isKnown) => {
    fleet.configure({ host1: ["ProxyJump host2"], host2: lines });
    if (!isKnown) forget(1);
    expect(await refusal(connect(transport(), "host1"))).toMatchObject({
      code: "JUMP_FAILED",
      message: expect.stringMatching(new RegExp(`^The jump host host2 for .*${said}`)),
      hint: "Try it by hand: ssh host2",
    });
  });

  it("is itself named when it refuses behind a jump host", async () => {
    fleet.configure({ host2: ["ProxyJump host1"] });
    expect(await refusal(connect(transport(), "host2"))).toMatchObject({
      code: "AUTH_FAILED",
      message: expect.stringContaining(`127.0.0.1:${fleet.hosts[1]?.port} refused the login.`),
    });
    forget(1);
    expect(await refusal(connect(transport(), "host2"))).toMatchObject({ code: "HOST_KEY_UNKNOWN" });
  });

  it("shows a key that is not known, and the key is written down only when it may be", async () => {
    const key = fingerprintBySshKeygen(`${fleet.hosts[0]?.hostKey.path}.pub`);
    writeFileSync(fleet.knownHosts, "");
    expect(await refusal(connect(transport(), "host1"))).toMatchObject({
      code: "HOST_KEY_UNKNOWN",
      message: expect.stringContaining(`ED25519 ${key}`),
      hint: expect.stringContaining(`ssh-keyscan -p ${fleet.hosts[0]?.port} 127.0.0.1 >> ${fleet.knownHosts}`),
    });
    expect(readFileSync(fleet.knownHosts, "utf8")).toBe("");
    const warnings: string[] = [];
    const accepting = transport({ hostKeys: "accept-new", onWarning: (text) => warnings.push(text) });
    expect(await output(await connect(accepting, "host1"), "echo in")).toBe("in\n");
    expect(warnings).toEqual([`The host key of 127.0.0.1 was not known and is accepted: ED25519 ${key}`]);
    expect(readFileSync(fleet.knownHosts, "utf8")).toContain(`[127.0.0.1]:${fleet.hosts[0]?.port} ssh-ed25519 `);
  });

  it("shows a key that has changed, which is fatal whatever the configuration says", async () => {
    const other = makeKey(join(fleet.directory, "other"));
    writeFileSync(fleet.knownHosts, `[127.0.0.1]:${fleet.hosts[0]?.port} ${plainKey(other)}\n`);
    const changed = {
      code: "HOST_KEY_CHANGED",
      message: expect.stringContaining(`${fleet.knownHosts}:1`),
      hint: expect.stringContaining(`ssh-keygen -R '[127.0.0.1]:${fleet.hosts[0]?.port}' -f ${fleet.knownHosts}`),
    };
    expect(await refusal(connect(transport(), "host1"))).toMatchObject(changed);
    fleet.configure({ host1: ["StrictHostKeyChecking no"] });
    writeFileSync(fleet.knownHosts, `[127.0.0.1]:${fleet.hosts[0]?.port} ${plainKey(other)}\n`);
    expect(await refusal(connect(transport(), "host1"))).toMatchObject(changed);
  });

  it("shows a key that was revoked, in either kind of list", async () => {
    const key = fleet.hosts[0]?.hostKey ?? fleet.key;
    writeFileSync(fleet.knownHosts, `@revoked * ${plainKey(key)}\n[127.0.0.1]:${fleet.hosts[0]?.port} ${plainKey(key)}\n`);
    const code = { code: "HOST_KEY_REVOKED" };
    expect(await refusal(connect(transport({ hostKeys: "accept-new" }), "host1"))).toMatchObject(code);
    const list = join(fleet.directory, "revoked");
    fleet.configure({ host1: [`RevokedHostKeys ${list}`] });
    expect(await refusal(connect(transport(), "host1"))).toMatchObject({ code: "REVOKED_KEYS_UNREADABLE" });
    execFileSync("ssh-keygen", ["-q", "-k", "-f", list, `${key.path}.pub`], { stdio: "ignore" });
    expect(await refusal(connect(transport(), "host1"))).toMatchObject(code);
  });

  it("refuses a name that ssh would take for an option, before ssh sees it", async () => {
    const bad = { ...host("app1"), address: "-oProxyCommand=touch /tmp/pwned" };
    await expect(transport().connect(bad, { signal: new AbortController().signal, after: undefined })).rejects.toMatchObject({
      code: "BAD_HOST",
    });
  });

  it("says before it connects that there is no ssh, no agent, nobody to ask", async () => {
    expect(await refusal(connect(transport({ ssh: `${nowhere}/ssh` }), "host1"))).toMatchObject({
      code: "NO_SSH_PROGRAM",
      hint: expect.stringContaining('transport: "ssh"'),
    });
    expect(await refusal(connect(transport(), "host1", { forwardAgent: true }))).toMatchObject({ code: "NO_AGENT" });
    expect(await refusal(connect(transport(), "host1", { password: secret("pw") }))).toMatchObject({
      code: "UNSUPPORTED_BY_OPENSSH_TRANSPORT",
      message: expect.stringContaining("sshPassword"),
    });
  });
});
