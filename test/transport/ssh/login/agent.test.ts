import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listAgentKeys } from "../../../../src/transport/ssh/login/agent.ts";
import { remember } from "../../../../src/transport/ssh/remember.ts";
import { nowhere } from "../../../support/nowhere.ts";
import { identitiesAnswer, startAgent, startCannedAgent, type TestAgent, uint32 } from "../../../support/ssh-agent.ts";
import { connect, fleetTransport, output, refusal } from "../../../support/ssh-host.ts";
import { fingerprintBySshKeygen, type KeyPair, makeKey } from "../../../support/ssh-keys.ts";
import { findSshd, NO_SSHD, plainKey, type SshdFleet, type SshdHost, startSshdFleet } from "../../../support/sshd.ts";
import { unless } from "../../../support/unless.ts";

/** `-h` of ssh-add: since OpenSSH 8.9. */
const version = spawnSync("ssh", ["-V"], { encoding: "utf8" }).stderr ?? "";
const knowsConstraints = Number(/OpenSSH_(\d+\.\d+)/.exec(version)?.[1] ?? 0) >= 8.9;
const noConstraints = unless(knowsConstraints, "no ssh-add -h");

describe.skipIf(findSshd() === undefined)(`the ssh agent${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  let agent: TestAgent;
  let inAgent: KeyPair;
  let env: Record<string, string | undefined>;

  beforeAll(async () => {
    fleet = await startSshdFleet(0);
    inAgent = makeKey(join(fleet.directory, "id_agent"), { passphrase: "" });
    await fleet.add({ authorizedKeys: [inAgent.publicKey] });
    await fleet.add({ authorizedKeys: [inAgent.publicKey], config: ["AllowAgentForwarding no"] });
    agent = await startAgent(fleet.directory);
    agent.add(makeKey(join(fleet.directory, "id_other")).path);
    agent.add(inAgent.path);
    env = { PATH: process.env.PATH, SSH_AUTH_SOCK: agent.socket };
  });

  afterAll(async () => {
    await agent?.stop();
    await fleet?.stop();
  });

  it("logs in with a key that only the agent holds", async () => {
    fleet.configure({ host1: ["IdentitiesOnly no"] });
    const connection = await connect(fleetTransport(fleet, { env }), "host1");
    expect(await output(connection, "echo in")).toBe("in\n");
    await connection.close();
  });

  it("takes the socket from IdentityAgent, and none when it says so", async () => {
    fleet.configure({
      host1: ["IdentitiesOnly no", `IdentityAgent ${agent.socket}`],
      host2: ["IdentitiesOnly no", "IdentityAgent none"],
    });
    await (await connect(fleetTransport(fleet), "host1")).close();
    expect((await refusal(connect(fleetTransport(fleet, { env }), "host2"))).message).toContain("Tried: ~/id_fleet.");
  });

  it("offers only named keys with IdentitiesOnly, through the agent when it holds them", async () => {
    fleet.configure();
    const refused = await refusal(connect(fleetTransport(fleet, { env }), "host1"));
    expect(refused.message).toContain("Tried: ~/id_fleet.");
    fleet.configure({ host1: [`IdentityFile ${inAgent.path}.pub`] });
    await (await connect(fleetTransport(fleet, { env }), "host1")).close();
    fleet.configure({ host1: [`IdentityFile ${fleet.key.path}.pub`] });
    const other = await refusal(connect(fleetTransport(fleet, { env }), "host1"));
    expect(other.message).toContain("id_fleet.pub is a public key, and the agent does not hold the private one.");
  });

  it("forwards the agent when asked to, for all sessions of the connection, and not otherwise", async () => {
    fleet.configure({ host1: ["IdentitiesOnly no"] });
    const transport = fleetTransport(fleet, { env });
    const forwarded = await connect(transport, "host1", { forwardAgent: true });
    const listed = await Promise.all([1, 2, 3].map(() => output(forwarded, "ssh-add -l")));
    for (const text of listed) expect(text).toContain(fingerprintBySshKeygen(inAgent.path));
    await forwarded.close();
    const plain = await connect(transport, "host1");
    expect(await output(plain, 'echo "socket:$SSH_AUTH_SOCK"')).toBe("socket:\n");
    await plain.close();
  });

  it.skipIf(!knowsConstraints)(`holds a key for one host alone, and not for who is on it${noConstraints}`, async () => {
    const [{ hostKey: here }, { hostKey: there }] = fleet.hosts as [SshdHost, SshdHost];
    const names = join(fleet.directory, "destinations");
    writeFileSync(names, `here ${plainKey(here)}\nthere ${plainKey(there)}\n`);
    const bound = await startAgent(fleet.directory);
    bound.add(inAgent.path, ["-H", names, "-h", "here"]);
    fleet.configure({ host1: ["IdentitiesOnly no"], host2: ["IdentitiesOnly no"] });
    for (const fastLogin of [true, false]) {
      const transport = fleetTransport(fleet, { env: { ...env, SSH_AUTH_SOCK: bound.socket } });
      const connection = await connect(transport, "host1", { forwardAgent: true, fastLogin });
      expect(await output(connection, "ssh-add -l || :")).toBe("The agent has no identities.\n");
      expect((await refusal(connect(transport, "host2", { fastLogin }))).code).toBe("AUTH_FAILED");
      await connection.close();
    }
    await bound.stop();
  });

  it("says so when the host does not let us forward it, and when there is none to forward", async () => {
    fleet.configure({ host2: ["IdentitiesOnly no"] });
    const refused = await refusal(connect(fleetTransport(fleet, { env }), "host2", { forwardAgent: true }));
    expect(refused).toMatchObject({ code: "AGENT_FORWARDING_REFUSED", hint: expect.stringContaining("AllowAgentForwarding") });
    const none = await refusal(connect(fleetTransport(fleet), "host1", { forwardAgent: true }));
    expect(none).toMatchObject({ code: "NO_AGENT", hint: expect.stringContaining("ssh-add") });
  });

  it("goes on without an agent that is not there", async () => {
    fleet.configure({ host1: [`IdentityFile ${inAgent.path}`] });
    await (await connect(fleetTransport(fleet, { env: { ...env, SSH_AUTH_SOCK: `${nowhere}/agent` } }), "host1")).close();
    const error = await refusal(connect(fleetTransport(fleet, { env: { ...env, SSH_AUTH_SOCK: `${nowhere}/agent` } }), "host2"));
    expect(error.message).toContain(`the agent at ${nowhere}/agent cannot be used`);
  });

  it("is asked for its list once in a run", async () => {
    const list = remember(listAgentKeys);
    const first = await list(agent.socket);
    expect(first.identities.map((identity) => identity.label)).toContain(
      `agent key ED25519 ${fingerprintBySshKeygen(inAgent.path)} (test key)`,
    );
    expect(await list(agent.socket)).toBe(first);
  });

  it("notes keys that live on a security key instead of forgetting them", async () => {
    const type = "sk-ssh-ed25519@openssh.com";
    const blob = Buffer.concat([
      uint32(type.length),
      Buffer.from(type),
      uint32(32),
      Buffer.alloc(32),
      uint32(4),
      Buffer.from("ssh:"),
    ]);
    const socket = join(fleet.directory, "canned");
    const canned = await startCannedAgent(socket, identitiesAnswer([{ blob, comment: "yubikey \u001b[31m" }]));
    const { identities, notes } = await listAgentKeys(socket);
    expect(identities).toEqual([]);
    expect(notes[0]).toMatch(/^agent key sk-ssh-ed25519@openssh.com SHA256:\S+ \(yubikey \) lives on a FIDO security key$/);
    fleet.configure({ host1: ["IdentitiesOnly no", "IdentityFile none"] });
    const error = await refusal(
      connect(fleetTransport(fleet, { env: { ...env, SSH_AUTH_SOCK: socket } }), "host1", { user: "nobody-x" }),
    );
    expect(error.message).toContain("FIDO security key");
    expect(error.hint).toContain('transport: "openssh"');
    await canned.stop();
  });

  it("is left out when it talks nonsense", async () => {
    const socket = join(fleet.directory, "nonsense");
    const canned = await startCannedAgent(socket, Buffer.from([0, 0, 0, 1, 5]));
    expect((await listAgentKeys(socket)).notes[0]).toContain("refuses to list its keys");
    await canned.stop();
  });
});
