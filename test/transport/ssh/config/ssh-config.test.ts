import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toSshConfig } from "../../../../src/transport/ssh/config/ssh-config.ts";
import { createSshConfigSource, type SshConfigSource } from "../../../../src/transport/ssh/config/ssh-config-source.ts";
import { nowhere } from "../../../support/nowhere.ts";
import { target } from "../../../support/ssh-target.ts";
import { findProgram } from "../../../support/sshd.ts";
import { unless } from "../../../support/unless.ts";

const TEXT = `
Host app1
  HostName 10.0.0.5
  Port 2222
  User deployer
  IdentityFile ~/.ssh/%h_%r
  IdentityFile /keys/second
  IdentitiesOnly yes
  UserKnownHostsFile /etc/known "/etc/with blank"
  StrictHostKeyChecking accept-new
  HashKnownHosts yes
  ProxyJump jump@bastion:2200,inner
  ServerAliveInterval 7
  ServerAliveCountMax 2
  ConnectTimeout 3
  HostKeyAlias alias
  PreferredAuthentications publickey,password
Match user special
  Port 2300
Host *
  User fallback
  HashKnownHosts no
`;

const hasSsh = findProgram("ssh") !== undefined;

const noSsh = unless(hasSsh, "no ssh");

describe.each([
  ...(hasSsh ? [["as ssh -G resolves it", "ssh"] as const] : []),
  ["read without an ssh program", `${nowhere}/ssh`] as const,
])("ssh config, %s", (_title, ssh) => {
  let folder: string;
  let file: string;

  const source = (options: { readonly file?: string } = {}): SshConfigSource =>
    createSshConfigSource({ home: "/home/me", localUser: "me", env: { PATH: process.env.PATH }, ssh, file, ...options });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "fake-ssh-config-"));
    file = join(folder, "config");
    writeFileSync(file, TEXT);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("reads the options of a host", async () => {
    expect(await source().resolve({ name: "app1" })).toMatchObject({
      hostName: "10.0.0.5",
      port: 2222,
      user: "deployer",
      identityFile: ["/home/me/.ssh/10.0.0.5_deployer", "/keys/second"],
      identitiesOnly: true,
      strictHostKeyChecking: "accept-new",
      hashKnownHosts: true,
      proxyJump: ["jump@bastion:2200", "inner"],
      serverAliveInterval: 7000,
      serverAliveCountMax: 2,
      connectTimeout: 3000,
      hostKeyAlias: "alias",
      preferredAuthentications: ["publickey", "password"],
    });
  });

  it("has defaults for a host that it does not name", async () => {
    const config = await source().resolve({ name: "other.example.com" });
    expect(config).toMatchObject({
      hostName: "other.example.com",
      user: "fallback",
      identitiesOnly: false,
      strictHostKeyChecking: "ask",
      proxyJump: [],
      proxyCommand: undefined,
      connectTimeout: undefined,
      preferredAuthentications: undefined,
      serverAliveInterval: undefined,
    });
    expect(config.identityFile).toContain("/home/me/.ssh/id_ed25519");
  });

  it("lets the deployfile's user and port win, and matches by them", async () => {
    expect(await source().resolve({ name: "app1", user: "root", port: 22 })).toMatchObject({ user: "root", port: 22 });
    expect(await source().resolve({ name: "app2", user: "special" })).toMatchObject({ user: "special", port: 2300 });
  });

  it("follows Include, and matches by what is known so far", async () => {
    const included = join(folder, "included");
    writeFileSync(included, "Match host *.internal\n  Port 2400\nHost app4\n  User below\n");
    const including = join(folder, "including");
    writeFileSync(including, `Host app3\n  HostName box.internal\nHost *\n  Include ${included}\n  User team#ops # a comment\n`);
    const config = source({ file: including });
    expect(await config.resolve({ name: "app3" })).toMatchObject({ hostName: "box.internal", port: 2400, user: "team#ops" });
    expect((await config.resolve({ name: "app4" })).user).toBe("below");
  });

  it("asks once for the same host, user and port", async () => {
    const config = source();
    const first = await config.resolve({ name: "app1" });
    expect(await config.resolve({ name: "app1" })).toBe(first);
    expect(await config.resolve({ name: "app1", user: "root" })).not.toBe(first);
  });

  it("refuses a file that cannot be read before anything else happens", () => {
    expect(() => source({ file: `${nowhere}/config` })).toThrow(
      expect.objectContaining({
        name: "UsageError",
        code: "SSH_CONFIG_UNREADABLE",
        exitCode: 2,
        message: expect.stringContaining(`${nowhere}/config`),
      }),
    );
  });
});

describe("ssh config values", () => {
  it.skipIf(!hasSsh)(`says with ssh's own words what is wrong in a file${noSsh}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "fake-ssh-config-"));
    const file = join(folder, "config");
    writeFileSync(file, "Host x\n  Nonsense yes\n");
    const source = createSshConfigSource({ home: "/home/me", localUser: "me", env: { PATH: process.env.PATH }, file });
    await expect(source.resolve({ name: "x" })).rejects.toMatchObject({
      name: "UsageError",
      code: "SSH_CONFIG_INVALID",
      message: expect.stringMatching(/line 2: Bad configuration option: nonsense/),
    });
    rmSync(folder, { recursive: true });
  });

  it("expands tokens, variables and the home directory in paths", () => {
    const raw = new Map([
      ["identityfile", ["%d/.ssh/%n-%h-%p-%r-%u-%%", "${KEYS}/one", "~/two", "none"]],
      ["hostname", ["%h.example.com"]],
      ["identityagent", ["$AGENT"]],
      ["port", ["2222"]],
    ]);
    const config = toSshConfig(raw, {
      name: "app1",
      home: "/home/me",
      localUser: "me",
      env: { KEYS: "/keys", AGENT: "/run/agent" },
    });
    expect(config.identityFile).toEqual(["/home/me/.ssh/app1-app1.example.com-2222-me-me-%", "/keys/one", "/home/me/two"]);
    expect(config.agentSocket).toBe("/run/agent");
  });

  it("prefers the agent of the ssh config over that of the environment", () => {
    const agentSocket = (agent: string | undefined, env: Readonly<Record<string, string>> = { SSH_AUTH_SOCK: "/run/env" }) =>
      toSshConfig(new Map(agent === undefined ? [] : [["identityagent", [agent]]]), {
        name: "app1",
        home: "",
        localUser: "me",
        env,
      }).agentSocket;
    expect(agentSocket(undefined)).toBe("/run/env");
    expect(agentSocket("/run/config")).toBe("/run/config");
    expect(agentSocket("SSH_AUTH_SOCK")).toBe("/run/env");
    expect(agentSocket("none")).toBeUndefined();
    expect(agentSocket(undefined, {})).toBeUndefined();
  });

  it("keeps blanks inside quotes, and takes none for nothing", () => {
    expect(
      target({ userknownhostsfile: ["/a", "/b c"], globalknownhostsfile: "none", proxyjump: "none", proxycommand: "none" })
        .config,
    ).toMatchObject({
      userKnownHostsFile: ["/a", "/b c"],
      globalKnownHostsFile: [],
      proxyJump: [],
      proxyCommand: undefined,
    });
  });

  it("reads times with units", () => {
    expect(target({ connecttimeout: "1m30s" }).config.connectTimeout).toBe(90_000);
    expect(target({ connecttimeout: "none" }).config.connectTimeout).toBeUndefined();
  });
});
