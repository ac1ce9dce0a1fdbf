import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FoundConfig, readConfigFiles } from "../../../../src/transport/ssh/config/config-files.ts";
import { type SshConfig, toSshConfig } from "../../../../src/transport/ssh/config/ssh-config.ts";
import { createSshConfigSource } from "../../../../src/transport/ssh/config/ssh-config-source.ts";
import { findProgram } from "../../../support/sshd.ts";
import { unless } from "../../../support/unless.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fake-plain-config-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { homedir: home, username: localUser } = userInfo();
const scope = { home, localUser, env: { KEYS: "/keys" } };

function write(text: string, name = "config"): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

async function plain(text: string, name: string, user?: string): Promise<SshConfig | undefined> {
  const find = await readConfigFiles([{ path: write(text), folder, checked: false }], { home, localUser, env: scope.env });
  const { raw, isPlain } = find({ name, user });
  return isPlain ? toSshConfig(raw, { ...scope, name }) : undefined;
}

/** What ssh itself makes of it: behind this line nothing is plain. */
function bySsh(text: string, name: string, user?: string): Promise<SshConfig> {
  const source = createSshConfigSource({
    ...scope,
    env: { ...scope.env, PATH: process.env.PATH },
    file: write(`${text}\nIgnoreUnknown nothing\n`, "config-for-ssh"),
  });
  return source.resolve({ name, user });
}

/** Where nothing is configured, ssh says what it has itself: its lists differ from version to version. */
function comparable(config: SshConfig, like: SshConfig): Partial<SshConfig> {
  return {
    ...config,
    user: config.user ?? localUser,
    port: config.port ?? 22,
    identityFile: config.identityFile.filter((path) => !/id_(?:dsa|xmss)$/.test(path)),
    kexAlgorithms: like.kexAlgorithms && config.kexAlgorithms,
    ciphers: like.ciphers && config.ciphers,
    macs: like.macs && config.macs,
    hostKeyAlgorithms: like.hostKeyAlgorithms && config.hostKeyAlgorithms,
  };
}

const pattern = fc.constantFrom("*", "app1", "app?", "APP1", "*.example.com", "db*", "!app1", "!*.example.com", "10.0.0.?");
const path = fc.constantFrom("~/.ssh/one", "/keys/%h_%r", "${KEYS}/two", "none", '"/with blank/key"');
const yesNo = fc.constantFrom("yes", "no", "true", "false");
const option = fc.oneof(
  fc.tuple(fc.constant("HostName"), fc.constantFrom("10.0.0.5", "%h.Internal", "Box.example.com")),
  fc.tuple(fc.constantFrom("User", "user"), fc.constantFrom("deployer", "root")),
  fc.tuple(fc.constant("Port"), fc.constantFrom("22", "2222", "50022")),
  fc.tuple(fc.constantFrom("IdentityFile", "CertificateFile"), path),
  fc.tuple(fc.constantFrom("IdentitiesOnly", "HashKnownHosts", "PasswordAuthentication", "ForwardAgent"), yesNo),
  fc.tuple(fc.constantFrom("UserKnownHostsFile", "GlobalKnownHostsFile"), fc.constantFrom("/a /b", "~/known", "none")),
  fc.tuple(fc.constant("StrictHostKeyChecking"), fc.constantFrom("yes", "no", "off", "ask", "accept-new")),
  fc.tuple(fc.constantFrom("ConnectTimeout", "ServerAliveInterval"), fc.constantFrom("0", "7", "1m30s", "2h")),
  fc.tuple(fc.constant("ProxyJump"), fc.constantFrom("none", "bastion", "me@bastion:2200,inner")),
  fc.tuple(fc.constant("ProxyCommand"), fc.constant("none")),
  fc.tuple(fc.constant("AddressFamily"), fc.constantFrom("any", "inet", "inet6")),
  fc.tuple(fc.constant("KexAlgorithms"), fc.constant("curve25519-sha256,ecdh-sha2-nistp256")),
  fc.tuple(fc.constant("SendEnv"), fc.constantFrom("LANG LC_*")),
);
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(option, fc.constantFrom(" ", "=", " = ")).map(([[key, value], is]) => `  ${key}${is}${value}`),
  },
  { weight: 3, arbitrary: fc.array(pattern, { minLength: 1, maxLength: 3 }).map((patterns) => `Host ${patterns.join(" ")}`) },
  { weight: 1, arbitrary: fc.constantFrom("# comment", "", "Match all", "Include missing") },
);
const name = fc.constantFrom("app1", "APP1", "app2", "web.example.com", "Web.Example.com", "db7", "10.0.0.5");

const noSsh = unless(findProgram("ssh") !== undefined, "no ssh");

describe("ssh's configuration, read without ssh", () => {
  it.skipIf(findProgram("ssh") === undefined)(`is the same as ssh -G says${noSsh}`, async () => {
    const property = fc.asyncProperty(
      fc.array(line, { maxLength: 14 }),
      name,
      fc.constantFrom(undefined, "root"),
      async (...given) => {
        const [lines, host, user] = given;
        const text = lines.join("\n");
        const found = await plain(text, host, user);
        expect(found).toBeDefined();
        if (found !== undefined) expect(comparable(found, found)).toEqual(comparable(await bySsh(text, host, user), found));
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it("asks no ssh where the configuration is plain", async () => {
    const source = createSshConfigSource({ ...scope, file: write("Port 7\n"), ssh: "/bin/false" });
    expect(await source.resolve({ name: "app1" })).toMatchObject({ port: 7 });
    expect(await source.resolve({ name: "app2" })).toMatchObject({ port: 7 });
  });

  it("includes files where Include stands, under the sections around it", async () => {
    mkdirSync(join(folder, "config.d"), { recursive: true });
    write("User one\n", "config.d/1.conf");
    write("User two\nHost other\nPort 7\n", "config.d/2.conf");
    write("User hidden\n", "config.d/.hidden.conf");
    const text = "Host app1\nInclude config.d/*.conf\nPort 22\nHost *\nUser last\nPort 23\n";
    expect(await plain(text, "app1")).toMatchObject({ user: "one", port: 22 });
    expect(await plain(text, "other")).toMatchObject({ user: "last", port: 23 });
  });

  it.each([
    ["Match", "Match user root\nPort 1\n"],
    ["an option that it does not know", "Sorcery yes\n"],
    ["host names that are looked up", "CanonicalizeHostname yes\n"],
    ["quotes within a word", 'User a"b"\n'],
    ["a comment behind a value", "User me # or you\n"],
    ["an Include that goes in a circle", "Include config\n"],
    ["an Include with a variable", "Include ${HOME}/x\n"],
    ["a value that ssh refuses", "Port twenty\n"],
    ["two values where one belongs", "User me you\n"],
    ["a change to ssh's own list", "Ciphers +aes128-cbc\n"],
    ["a ProxyCommand", "ProxyCommand nc %h %p\n"],
    ["a line without a value", "User\n"],
  ])("leaves %s to ssh", async (_title, text) => {
    expect(await plain(text, "app1")).toBeUndefined();
  });

  it("leaves what other hosts have to them", async () => {
    const text = "Host db1\nProxyCommand nc %h %p\nHost app1\nPort 7\n";
    expect(await plain(text, "db1")).toBeUndefined();
    expect(await plain(text, "app1")).toMatchObject({ port: 7 });
  });

  it("leaves a file to ssh that others could have written to", async () => {
    const file = write("Port 7\n");
    chmodSync(file, 0o666);
    const read = async (): Promise<FoundConfig> =>
      (await readConfigFiles([{ path: file, folder, checked: true }], { home: folder, localUser, env: {} }))({ name: "x" });
    expect((await read()).isPlain).toBe(false);
    chmodSync(file, 0o600);
    const { raw, isPlain } = await read();
    expect([isPlain, raw.get("port")]).toEqual([true, ["7"]]);
  });
});
