import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { startAgent } from "../../../support/ssh-agent.ts";
import { connect, fleetTransport, output, refusal } from "../../../support/ssh-host.ts";
import { type KeyPair, makeKey } from "../../../support/ssh-keys.ts";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../../../support/sshd.ts";

describe.skipIf(findSshd() === undefined)(`the fast login to OpenSSH${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  let second: KeyPair;

  beforeAll(async () => {
    fleet = await startSshdFleet(1, { config: ["LogLevel DEBUG1"] });
    second = makeKey(join(fleet.directory, "id_second"));
  });

  beforeEach(() => fleet.configure());
  afterAll(() => fleet.stop());

  const attempt = (name: string, fastLogin: boolean, notes: string[] = []): ReturnType<typeof refusal> =>
    refusal(connect(fleetTransport(fleet, { onDebug: (text) => notes.push(text) }), name, { fastLogin, timeout: 2000 }));

  /** What one more login makes sshd write down. */
  async function logOf(fastLogin: boolean): Promise<string> {
    const before = fleet.hosts[0]?.log().length;
    const connection = await connect(fleetTransport(fleet), "host1", { fastLogin });
    expect(await output(connection, "echo in")).toBe("in\n");
    await connection.close();
    return fleet.hosts[0]?.log().slice(before) ?? "";
  }

  it("neither asks about the key, nor has the other host keys proved, which nobody looks at", async () => {
    const plain = await logOf(false);
    expect(plain).toContain("Postponed publickey");
    expect(plain).toContain("hostkeys-prove-00@openssh.com");
    const fast = await logOf(true);
    expect(fast).toContain("Accepted publickey");
    expect(fast).not.toContain("Postponed publickey");
    expect(fast).not.toContain("hostkeys-prove-00@openssh.com");
  });

  it("leaves a line or two in the log of a server that refuses the login", async () => {
    const server = await fleet.add({ name: "logging", authorizedKeys: [second.publicKey] });
    await attempt("logging", false);
    expect(server.log()).not.toContain("dispatch_protocol_error");
    await attempt("logging", true);
    await vi.waitFor(() => expect(server.log()).toContain("dispatch_protocol_error"), 5000);
    expect(server.log().match(/dispatch_protocol_error/g)?.length).toBeLessThanOrEqual(2);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ["a key that is refused", () => fleet.add({ name: "refused", authorizedKeys: [second.publicKey] }), "AUTH_FAILED"],
    ["half a login", () => fleet.add({ name: "half", config: ["AuthenticationMethods publickey,publickey"] }), "AUTH_FAILED"],
    ["no sessions", () => fleet.add({ name: "none", config: ["MaxSessions 0"] }), "NO_SESSION"],
    ["a server for files only", () => fleet.add({ name: "sftp", config: ["ForceCommand internal-sftp"] }), "NO_SHELL"],
    ["a shell that ends at once", () => fleet.add({ name: "ends", config: ["ForceCommand echo no; exit 1"] }), "NO_SHELL"],
  ])("ends as the plain one where there is %s", async (_what, add, code) => {
    const { name } = (await add()) as { readonly name: string };
    const plain = await attempt(name, false);
    const notes: string[] = [];
    const fast = await attempt(name, true, notes);
    expect(notes).toEqual([]);
    expect(fast).toMatchObject({ name: "ConnectError", code });
    expect([fast.message, fast.hint]).toEqual([plain.message, plain.hint]);
  });

  it("runs a forced command once", async () => {
    const file = join(fleet.directory, "runs");
    await fleet.add({ name: "forced", config: [`ForceCommand echo run >>${file}; exit 1`] });
    await attempt("forced", true);
    expect(readFileSync(file, "utf8")).toBe("run\n");
  });

  it("opens its session when the second key was right too", async () => {
    await fleet.add({
      name: "both",
      authorizedKeys: [fleet.key.publicKey, second.publicKey],
      config: ["AuthenticationMethods publickey,publickey"],
    });
    fleet.configure({ both: [`IdentityFile ${second.path}`] });
    const transport = fleetTransport(fleet);
    // The second time a key is known to work, and signs unasked.
    for (let time = 0; time < 2; time++) {
      const connection = await connect(transport, "both");
      expect(await output(connection, "echo in")).toBe("in\n");
      await connection.close();
    }
  });

  it("forwards the agent, and says so where that is refused", async () => {
    await fleet.add({ name: "alone", config: ["AllowAgentForwarding no"] });
    await fleet.add({
      name: "two",
      authorizedKeys: [fleet.key.publicKey, second.publicKey],
      config: ["AuthenticationMethods publickey,publickey"],
    });
    fleet.configure({ two: [`IdentityFile ${second.path}`] });
    const agent = await startAgent(fleet.directory);
    agent.add(fleet.key.path);
    const env = { PATH: process.env.PATH, SSH_AUTH_SOCK: agent.socket };
    const transport = fleetTransport(fleet, { env });
    // On the second the session that was sent ahead is not the one that is used.
    for (const name of ["host1", "two"]) {
      const connection = await connect(transport, name, { forwardAgent: true });
      expect(await output(connection, "ssh-add -l")).toContain("ED25519");
      await connection.close();
    }
    const error = await refusal(connect(transport, "alone", { forwardAgent: true }));
    expect(error).toMatchObject({ code: "AGENT_FORWARDING_REFUSED" });
    await agent.stop();
  });

  it("writes down a new host key when the server has proved it", async () => {
    writeFileSync(fleet.knownHosts, "");
    const connection = await connect(fleetTransport(fleet, { hostKeys: "accept-new" }), "host1");
    expect(await output(connection, "echo in")).toBe("in\n");
    expect(readFileSync(fleet.knownHosts, "utf8")).toContain(`:${fleet.hosts[0]?.port} `);
    await connection.close();
  });

  it("goes through a jump host that has no sessions to give", async () => {
    await fleet.add({ name: "jump", config: ["MaxSessions 0", "LogLevel DEBUG1"] });
    fleet.configure({ host1: ["ProxyJump jump"] });
    const transport = fleetTransport(fleet);
    const connection = await connect(transport, "host1");
    expect(await output(connection, "echo in")).toBe("in\n");
    const log = fleet.hosts.find(({ name }) => name === "jump")?.log();
    expect(log).toContain("Accepted publickey");
    expect(log).not.toContain("Postponed publickey");
    expect(log).not.toContain("unknown channel");
    await connection.close();
    await transport.close();
  });
});
