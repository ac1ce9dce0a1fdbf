import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, fleetTransport, output, refusal } from "../../support/ssh-host.ts";
import { type KeyPair, makeKey } from "../../support/ssh-keys.ts";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

describe.skipIf(findSshd() === undefined)(`logging in to OpenSSH with key files${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  let locked: KeyPair;

  const use = (key: KeyPair, ...more: readonly string[]): void => {
    const lines = [`IdentityFile ${key.path}`, ...more];
    fleet.configure({ host1: lines, host2: lines });
  };

  beforeAll(async () => {
    fleet = await startSshdFleet(0);
    locked = makeKey(join(fleet.directory, "id_locked"), { passphrase: "open sesame" });
    const rsa = makeKey(join(fleet.directory, "id_rsa"), { type: "rsa" });
    const ecdsa = makeKey(join(fleet.directory, "id_ecdsa"), { type: "ecdsa" });
    const authorizedKeys = [fleet.key, locked, rsa, ecdsa].map((key) => key.publicKey);
    await fleet.add({ authorizedKeys });
    await fleet.add({ authorizedKeys: [locked.publicKey] });
  });

  afterAll(() => fleet.stop());

  it("starts in the home directory of the user", async () => {
    fleet.configure();
    const connection = await connect(fleetTransport(fleet), "host1");
    expect(await output(connection, "pwd")).toBe(`${fleet.hosts[0]?.home}\n`);
    await connection.close();
  });

  it.each(["id_rsa", "id_ecdsa"])("takes %s", async (name) => {
    use({ path: join(fleet.directory, name), publicKey: "" });
    const connection = await connect(fleetTransport(fleet), "host1");
    expect(await output(connection, "echo in")).toBe("in\n");
    await connection.close();
  });

  it("takes keys in the older containers: PEM and PKCS#8, encrypted or not", async () => {
    for (const [name, format] of [
      ["id_pem", "PEM"],
      ["id_pkcs8", "PKCS8"],
    ] as const) {
      for (const passphrase of ["", "secret"]) {
        const path = join(fleet.directory, `${name}${passphrase}`);
        execFileSync("cp", [join(fleet.directory, "id_rsa"), path]);
        execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", passphrase, "-m", format, "-f", path]);
        use({ path, publicKey: "" });
        const connection = await connect(fleetTransport(fleet, { askSecret: async () => "secret" }), "host1");
        await connection.close();
      }
    }
  });

  it("asks once for the passphrase of a key that many hosts take", async () => {
    use(locked);
    const questions: string[] = [];
    const transport = fleetTransport(fleet, {
      askSecret: async (question) => {
        questions.push(question);
        return "open sesame";
      },
    });
    const connections = await Promise.all([
      connect(transport, "host1"),
      connect(transport, "host2"),
      connect(transport, "host1"),
    ]);
    expect(questions).toEqual([`Passphrase for the key ~/id_locked`]);
    await Promise.all(connections.map((connection) => connection.close()));
  });

  it("does not ask for the passphrase of a key that the server does not want", async () => {
    fleet.configure({ host1: [`IdentityFile ${makeKey(join(fleet.directory, "id_unwanted"), { passphrase: "x" }).path}`] });
    const questions: string[] = [];
    const transport = fleetTransport(fleet, { askSecret: async (question) => void questions.push(question) as undefined });
    await (await connect(transport, "host1")).close();
    expect(questions).toEqual([]);
  });

  it("asks again after a wrong passphrase, three times in all", async () => {
    use(locked);
    const questions: string[] = [];
    const transport = fleetTransport(fleet, { askSecret: async (question) => String(questions.push(question)) });
    const error = await refusal(connect(transport, "host2"));
    expect(questions).toEqual([
      "Passphrase for the key ~/id_locked",
      "Wrong passphrase. Passphrase for the key ~/id_locked",
      "Wrong passphrase. Passphrase for the key ~/id_locked",
    ]);
    expect(error).toMatchObject({ name: "ConnectError", code: "AUTH_FAILED", hint: expect.stringContaining("right passphrase") });
    expect(error.message).toContain("Wrong passphrase for ~/id_locked.");
    // The other hosts that need the same key do not start it over.
    await refusal(connect(transport, "host2"));
    expect(questions).toHaveLength(3);
  });

  it("names the encrypted key that the server would take when nobody can be asked", async () => {
    use(locked);
    const error = await refusal(connect(fleetTransport(fleet), "host2"));
    expect(error.message).toContain("~/id_locked is encrypted, and there is nobody to ask for its passphrase.");
    expect(error.hint).toMatch(/The server would take that key.*ssh-add/);
  });

  it("stops the clock while a passphrase is typed", async () => {
    use(locked);
    const askSecret = (): Promise<string> => new Promise((resolve) => setTimeout(() => resolve("open sesame"), 900));
    await (await connect(fleetTransport(fleet, { askSecret }), "host2", { timeout: 600 })).close();
  });

  it("asks nothing in batch mode", async () => {
    use(locked, "BatchMode yes");
    const error = await refusal(connect(fleetTransport(fleet, { askSecret: async () => "open sesame" }), "host2"));
    expect(error.message).toContain("nobody to ask");
  });

  it("lists what was tried, what the server takes, and how to install a key", async () => {
    fleet.configure();
    const error = await refusal(connect(fleetTransport(fleet), "host2"));
    expect(error.code).toBe("AUTH_FAILED");
    expect(error.message).toContain(
      `${fleet.user}@127.0.0.1:${fleet.hosts[1]?.port} refused the login. Tried: ~/id_fleet. The server takes: publickey.`,
    );
    expect(error.hint).toContain(`ssh-copy-id -p ${fleet.hosts[1]?.port} ${fleet.user}@127.0.0.1`);
  });

  it("says how to get a key when there is none", async () => {
    fleet.configure({ host1: ["PubkeyAuthentication no"] });
    const error = await refusal(connect(fleetTransport(fleet), "host1"));
    expect(error.message).toContain("There was nothing to log in with.");
    expect(error.hint).toContain("ssh-keygen -t ed25519");
  });

  it("names a certificate that it cannot use", async () => {
    const signer = makeKey(join(fleet.directory, "ca"));
    const member = makeKey(join(fleet.directory, "id_member"));
    execFileSync("ssh-keygen", ["-q", "-s", signer.path, "-I", "me", "-n", fleet.user, `${member.path}.pub`]);
    expect(existsSync(`${member.path}-cert.pub`)).toBe(true);
    fleet.configure({ host1: [`IdentityFile ${member.path}`, "IdentityFile none"] });
    const error = await refusal(connect(fleetTransport(fleet), "host1", { user: "nobody-of-this-name" }));
    expect(error.message).toContain(
      `the certificate ${member.path}-cert.pub (this version's ssh transport cannot log in with one)`,
    );
    expect(error.hint).toContain('transport: "openssh"');
  });

  it("names keys on a smart card, and who can use them", async () => {
    fleet.configure({ host1: ["PKCS11Provider /usr/lib/opensc-pkcs11.so"] });
    const tried = await refusal(connect(fleetTransport(fleet), "host1", { user: "nobody-of-this-name" }));
    expect(tried.message).toContain("Not usable: the keys behind PKCS11Provider /usr/lib/opensc-pkcs11.so.");
    expect(tried.hint).toContain('transport: "openssh"');
    writeFileSync(fleet.sshConfig, execFileSync("sed", ["/id_fleet/d", fleet.sshConfig]));
    const only = await refusal(connect(fleetTransport(fleet), "host1", { user: "nobody-of-this-name" }));
    expect(only).toMatchObject({ code: "UNSUPPORTED_BY_SSH_TRANSPORT", hint: expect.stringContaining('transport: "openssh"') });
  });

  it("names a key of a kind that it cannot use, and what to do about it", async () => {
    const path = join(fleet.directory, "id_chacha");
    makeKey(path, { passphrase: "x", args: ["-Z", "chacha20-poly1305@openssh.com"] });
    fleet.configure({ host1: [`IdentityFile ${path}`] });
    writeFileSync(fleet.sshConfig, execFileSync("sed", ["/id_fleet/d", fleet.sshConfig]));
    const error = await refusal(connect(fleetTransport(fleet), "host1"));
    expect(error.code).toBe("UNSUPPORTED_BY_SSH_TRANSPORT");
    expect(error.message).toMatch(/~\/id_chacha is encrypted with chacha20-poly1305@openssh.com.*cannot do that/);
    expect(error.hint).toContain("ssh-keygen -p -Z aes256-ctr -f ~/id_chacha");
    expect(error.hint).not.toContain('openssh"');
  });

  it("says so when the server hangs up on too many keys", async () => {
    const strangers = Array.from({ length: 8 }, (_, index) => makeKey(join(fleet.directory, `id_stranger${index}`)));
    fleet.configure({ host1: strangers.map((key) => `IdentityFile ${key.path}`) });
    const error = await refusal(connect(fleetTransport(fleet), "host1"));
    expect(error.message).toMatch(/hung up after \d keys: too many authentication failures/);
    expect(error.hint).toContain("IdentitiesOnly yes");
  });

  it("uses the user of the host, else the option, else the ssh config", async () => {
    fleet.configure();
    const transport = fleetTransport(fleet);
    const as = async (input: string, user?: string): Promise<string> =>
      (await refusal(connect(transport, input, { user }))).message.split("@")[0] ?? "";
    expect(await as("written@host2", "option")).toBe("written");
    expect(await as("host2", "option")).toBe("option");
    expect(await as("host2")).toBe(fleet.user);
  });
});
