import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SshTransportOptions } from "../../../src/transport/ssh/options.ts";
import type { Transport } from "../../../src/transport/transport.ts";
import { hasOpenssh, OPENSSH_MISSING, opensshTransport } from "../../support/openssh-transport.ts";
import { startAgent } from "../../support/ssh-agent.ts";
import { connect, fleetTransport, output, refusal } from "../../support/ssh-host.ts";
import { type KeyPair, makeKey } from "../../support/ssh-keys.ts";
import { plainKey, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

describe.skipIf(!hasOpenssh)(hasOpenssh ? "what only the system's ssh can do" : OPENSSH_MISSING, () => {
  let fleet: SshdFleet;
  let hostAuthority: KeyPair;
  let userAuthority: KeyPair;
  let transports: Transport[] = [];

  beforeAll(async () => {
    fleet = await startSshdFleet(0);
    hostAuthority = makeKey(join(fleet.directory, "host_ca"));
    userAuthority = makeKey(join(fleet.directory, "user_ca"));
    const trusted = join(fleet.directory, "trusted_users");
    writeFileSync(trusted, `${userAuthority.publicKey}\n`);
    // sshd reads the certificate when it starts, and its host key is made just before.
    const hostKey = makeKey(join(fleet.directory, "certified_key"));
    sign(hostAuthority, hostKey, ["-h", "-n", "127.0.0.1"]);
    await fleet.add({
      name: "certified",
      authorizedKeys: [],
      config: [`HostKey ${hostKey.path}`, `HostCertificate ${hostKey.path}-cert.pub`, `TrustedUserCAKeys ${trusted}`],
    });
    await fleet.add({ name: "plain" });
  });
  beforeEach(() => fleet.configure());
  afterEach(async () => {
    await Promise.all(transports.map((transport) => transport.close()));
    transports = [];
  });
  afterAll(() => fleet.stop());

  function sign(authority: KeyPair, key: KeyPair, args: readonly string[]): void {
    execFileSync("ssh-keygen", ["-q", "-s", authority.path, "-I", "test", ...args, `${key.path}.pub`]);
  }

  function transport(options: Partial<SshTransportOptions> = {}): Transport {
    const made = opensshTransport(fleet, options);
    transports.push(made);
    return made;
  }

  /** A key that the user's authority has signed for `principal`, and the line that names the certificate. */
  function member(name: string, principal: string, args: readonly string[] = []): readonly string[] {
    const key = makeKey(join(fleet.directory, name));
    sign(userAuthority, key, ["-n", principal, ...args]);
    return [`IdentityFile ${key.path}`, `CertificateFile ${key.path}-cert.pub`];
  }

  function trust(...lines: readonly string[]): void {
    writeFileSync(fleet.knownHosts, lines.map((line) => `${line}\n`).join(""));
  }

  it("logs in with a user's certificate, to a host that is trusted by its certificate", async () => {
    fleet.configure({ certified: member("id_member", fleet.user) });
    trust(`@cert-authority 127.0.0.1 ${plainKey(hostAuthority)}`);
    const connection = await connect(transport(), "certified");
    expect(await output(connection, "echo in")).toBe("in\n");
    expect(fleet.hosts[0]?.log()).toContain("Accepted publickey for");
    expect(fleet.hosts[0]?.log()).toContain("ID test (serial 0) CA ED25519");
    const builtIn = await refusal(connect(fleetTransport(fleet), "certified"));
    expect(builtIn).toMatchObject({
      code: "UNSUPPORTED_BY_SSH_TRANSPORT",
      hint: expect.stringContaining('transport: "openssh"'),
    });
  });

  it("refuses a host whose authority is another, whose name is not in the certificate, and one that is revoked", async () => {
    fleet.configure({ certified: member("id_member2", fleet.user) });
    const stranger = makeKey(join(fleet.directory, "stranger_ca"));
    trust(`@cert-authority 127.0.0.1 ${plainKey(stranger)}`);
    expect(await refusal(connect(transport(), "certified"))).toMatchObject({ code: "HOST_KEY_UNKNOWN" });
    fleet.configure({ certified: [...member("id_member3", fleet.user), "HostKeyAlias elsewhere"] });
    trust(`@cert-authority * ${plainKey(hostAuthority)}`);
    const elsewhere = await refusal(connect(transport(), "certified"));
    expect(elsewhere.code).toBe("HOST_KEY_UNKNOWN");
    expect(elsewhere.message).toContain("not a listed principal");
    fleet.configure({ certified: member("id_member4", fleet.user) });
    trust(`@cert-authority * ${plainKey(hostAuthority)}`, `@revoked * ${plainKey(hostAuthority)}`);
    expect((await refusal(connect(transport(), "certified"))).code).toMatch(/HOST_KEY_(REVOKED|UNKNOWN)/);
  });

  it("is refused with a certificate for somebody else, or one that has run out", async () => {
    const attempts = [member("id_other", "somebody-else"), member("id_late", fleet.user, ["-V", "19990101:20000101"])];
    for (const lines of attempts) {
      fleet.configure({ certified: lines });
      trust(`@cert-authority 127.0.0.1 ${plainKey(hostAuthority)}`);
      const error = await refusal(connect(transport(), "certified"));
      expect(error).toMatchObject({ code: "AUTH_FAILED", hint: expect.stringContaining("signed your certificate") });
    }
  });

  it("goes through a ProxyCommand, and tells when that leads nowhere", async () => {
    const seen = join(fleet.directory, "proxied");
    const relay = `${process.execPath} -e 'const s=require("net").connect(+process.argv[1],process.argv[2]);process.stdin.pipe(s).pipe(process.stdout)'`;
    fleet.configure({ plain: [`ProxyCommand sh -c ": >${seen}; exec \\"\\$@\\"" sh ${relay} %p %h`] });
    expect(await output(await connect(transport(), "plain"), "echo through")).toBe("through\n");
    expect(execFileSync("ls", [seen], { encoding: "utf8" }).trim()).toBe(seen);
    fleet.configure({ plain: ["ProxyCommand echo no way >&2; exit 3"] });
    const error = await refusal(connect(transport(), "plain"));
    expect(error).toMatchObject({ code: "PROXY_COMMAND_FAILED", message: expect.stringContaining("no way") });
  });

  it("goes through a jump host", async () => {
    await fleet.add({ name: "jump" });
    fleet.configure({ plain: ["ProxyJump jump"] });
    expect(await output(await connect(transport(), "plain"), "echo through")).toBe("through\n");
    expect(fleet.hosts.find(({ name }) => name === "jump")?.log()).toContain("Accepted publickey");
  });

  it("lends the agent to the host when it is asked to, and not else", async () => {
    const agent = await startAgent(fleet.directory);
    try {
      const env = { PATH: process.env.PATH, SSH_AUTH_SOCK: agent.socket };
      const keys = 'test -n "$SSH_AUTH_SOCK" && echo lent || echo kept';
      const made = transport({ env });
      const lent = await connect(made, "plain", { forwardAgent: true });
      // Each on a session of its own.
      expect(await Promise.all([1, 2, 3].map(() => output(lent, `sleep 0.1; ${keys}`)))).toEqual(["lent\n", "lent\n", "lent\n"]);
      expect(await output(await connect(made, "plain"), keys)).toBe("kept\n");
    } finally {
      await agent.stop();
    }
  });
});
