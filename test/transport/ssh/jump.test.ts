import { appendFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRelay } from "../../../src/rehearse/relay.ts";
import { parseHop } from "../../../src/transport/ssh/jump.ts";
import { connect, fleetTransport, output, refusal } from "../../support/ssh-host.ts";
import { findSshd, NO_SSHD, plainKey, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

describe.skipIf(findSshd() === undefined)(`jump hosts${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  /** How many logins a host has seen. */
  const logins = (index: number): number => (fleet.hosts[index]?.log().match(/Accepted publickey/g) ?? []).length;

  beforeAll(async () => {
    fleet = await startSshdFleet(4);
    await fleet.add({ name: "closed", config: ["AllowTcpForwarding no"] });
  });

  beforeEach(() => fleet.configure({ host2: ["ProxyJump host1"], host3: ["ProxyJump host1,host4"] }));
  afterAll(() => fleet.stop());

  it("goes through one", async () => {
    const transport = fleetTransport(fleet);
    const connection = await connect(transport, "host2");
    expect(await output(connection, "pwd")).toBe(`${fleet.hosts[1]?.home}\n`);
    await connection.close();
    await transport.close();
  });

  it("goes through two, in order", async () => {
    const before = [logins(0), logins(3)];
    const transport = fleetTransport(fleet);
    const connection = await connect(transport, "host3");
    expect(await output(connection, "pwd")).toBe(`${fleet.hosts[2]?.home}\n`);
    expect([logins(0), logins(3)]).toEqual(before.map((count) => count + 1));
    await connection.close();
    await transport.close();
  });

  it("has the user and the name of the host where ssh_config has tokens for them", async () => {
    fleet.configure({ host2: ["ProxyJump %r@host1"], host3: ["HostKeyAlias 1", "ProxyJump jump-%n,%r@host4"] });
    appendFileSync(fleet.sshConfig, `Host jump-host3\n  HostName 127.0.0.1\n  Port ${fleet.hosts[0]?.port}\n`);
    appendFileSync(fleet.knownHosts, `1 ${plainKey(fleet.hosts[2]?.hostKey ?? fleet.key)}\n`);
    const transport = fleetTransport(fleet);
    for (const name of ["host2", "host3"]) await (await connect(transport, name)).close();
    await transport.close();
  });

  it("finds the jump host of a jump host", async () => {
    fleet.configure({ host4: ["ProxyJump host1"], host3: ["ProxyJump host4"] });
    const before = logins(0);
    const transport = fleetTransport(fleet);
    await (await connect(transport, "host3")).close();
    expect(logins(0)).toBe(before + 1);
    await transport.close();
  });

  it("logs in once to a jump host that many hosts share", async () => {
    fleet.configure({ host2: ["ProxyJump host1"], host4: ["ProxyJump host1"] });
    const before = logins(0);
    const transport = fleetTransport(fleet);
    const connections = await Promise.all(["host2", "host4", "host2"].map((name) => connect(transport, name)));
    expect(logins(0)).toBe(before + 1);
    await Promise.all(connections.map((connection) => connection.close()));
    await transport.close();
  });

  it("verifies the key of each hop", async () => {
    writeFileSync(fleet.knownHosts, `[127.0.0.1]:${fleet.hosts[1]?.port} ${plainKey(fleet.hosts[1]?.hostKey ?? fleet.key)}\n`);
    const jump = await refusal(connect(fleetTransport(fleet), "host2"));
    expect(jump).toMatchObject({ name: "ConnectError", host: "host2", code: "HOST_KEY_UNKNOWN" });
    expect(jump.message).toContain(`The jump host for ${fleet.user}@127.0.0.1:${fleet.hosts[1]?.port} cannot be used.`);
    writeFileSync(fleet.knownHosts, `[127.0.0.1]:${fleet.hosts[0]?.port} ${plainKey(fleet.hosts[0]?.hostKey ?? fleet.key)}\n`);
    const behind = await refusal(connect(fleetTransport(fleet), "host2"));
    expect(behind).toMatchObject({ code: "HOST_KEY_UNKNOWN" });
    // From here ssh-keyscan would not reach it.
    expect(behind.hint).toContain(`echo '[127.0.0.1]:${fleet.hosts[1]?.port} ssh-ed25519 `);
  });

  it("says so when a jump host forwards nothing, or finds nobody there", async () => {
    fleet.configure({ host2: ["ProxyJump closed"], host4: ["ProxyJump host1", "Port 1"] });
    expect(await refusal(connect(fleetTransport(fleet), "host2"))).toMatchObject({
      code: "JUMP_REFUSED",
      hint: expect.stringContaining("AllowTcpForwarding yes"),
    });
    const nobody = await refusal(connect(fleetTransport(fleet), "host4"));
    expect(nobody.code).toBe("JUMP_FAILED");
    expect(nobody.message).toBe("The jump host host1 cannot connect to 127.0.0.1 port 1: Connection refused");
  });

  it("loses the hosts behind it when a jump host is lost, and dials it again", async () => {
    const relay = await startRelay(fleet.hosts[0]?.port ?? 0);
    fleet.configure({ host1: [`Port ${relay.port}`], host2: ["ProxyJump host1"] });
    const keys = fleet.hosts.map((known) => `* ${plainKey(known.hostKey)}\n`);
    writeFileSync(fleet.knownHosts, keys.join(""));
    const transport = fleetTransport(fleet);
    const connection = await connect(transport, "host2");
    relay.cut();
    expect(await connection.closed).toMatchObject({ code: "CONNECTION_LOST", host: "host2" });
    const again = await connect(transport, "host2");
    expect(await output(again, "echo back")).toBe("back\n");
    expect(relay.connections).toBe(2);
    await again.close();
    await transport.close();
    await relay.stop();
  });

  it("refuses a circle of jump hosts, and lets Host * name the jump host for itself", async () => {
    fleet.configure({ host1: ["ProxyJump host2"], host2: ["ProxyJump host1"] });
    await expect(connect(fleetTransport(fleet), "host1")).rejects.toMatchObject({
      code: "PROXY_JUMP_CIRCLE",
      message: expect.stringContaining("host1 -> host2 -> host1"),
    });
    const all = ["ProxyJump host1"];
    fleet.configure({ host1: all, host2: all });
    const transport = fleetTransport(fleet);
    await (await connect(transport, "host2")).close();
    await transport.close();
  });
});

describe("parseHop", () => {
  it.each([
    ["bastion", { name: "bastion", user: undefined, port: undefined }],
    ["me@bastion:2222", { name: "bastion", user: "me", port: 2222 }],
    ["[::1]:22", { name: "::1", user: undefined, port: 22 }],
    ["ssh://me@bastion:22/", { name: "bastion", user: "me", port: 22 }],
  ])("reads %s", (text, hop) => {
    expect(parseHop(text)).toEqual(hop);
  });

  it.each(["", "-oProxyCommand=x", "a:99999", "a b", "a:b", "-x@host"])("refuses %j", (text) => {
    expect(() => parseHop(text)).toThrow("is not a host");
  });
});
