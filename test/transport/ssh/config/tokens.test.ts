import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SshConfig } from "../../../../src/transport/ssh/config/ssh-config.ts";
import { createSshConfigSource } from "../../../../src/transport/ssh/config/ssh-config-source.ts";
import { nowhere } from "../../../support/nowhere.ts";
import { findProgram } from "../../../support/sshd.ts";
import { unless } from "../../../support/unless.ts";

const hasSsh = findProgram("ssh") !== undefined;
const noSsh = unless(hasSsh, "no ssh");
const { homedir: home, username: localUser } = userInfo();
const env = { PATH: process.env.PATH, KEYS: "/keys", HOME: home };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fake-tokens-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HOST = "Host tok\n  HostName 127.0.0.9\n  Port 2201\n  User someone\n";
/** Every token of ssh_config(5) that stands for something in a path. */
const ALL = [..."%CLdhiklnpru"].map((token) => `%${token}`).join("_");

/** Without ssh, and with it: behind a Match nothing is plain. */
const READERS = [
  ["read here", `${nowhere}/ssh`, ""],
  ...(hasSsh ? [["as ssh -G says it", "ssh", "Match exec true\n  Compression no\n"] as const] : []),
] as const;

function resolve(text: string, ssh = `${nowhere}/ssh`, file = join(folder, "config")): Promise<SshConfig> {
  writeFileSync(file, text);
  return createSshConfigSource({ home, localUser, env, ssh, file }).resolve({ name: "tok" });
}

/** What ssh says it looks at, behind a ProxyCommand that leads nowhere. */
function askSsh(text: string): string {
  const file = join(folder, "for-ssh");
  writeFileSync(file, `${text}\nHost *\nProxyCommand false\n`);
  const { stderr } = spawnSync("ssh", ["-vvv", "-F", file, "-o", "BatchMode=yes", "tok"], { env, encoding: "utf8" });
  return stderr;
}

describe.each(READERS)("tokens of ssh_config, %s", (_title, ssh, doubt) => {
  it.skipIf(!hasSsh).each([
    ["IdentityFile", /identity file (.*) type/, (config: SshConfig) => config.identityFile[0]],
    ["CertificateFile", /certificate file (.*) type/, (config: SshConfig) => config.certificateFile[0]],
    ["UserKnownHostsFile", /expanded UserKnownHostsFile '.*' -> '(.*)'/, (config: SshConfig) => config.userKnownHostsFile[0]],
  ] as const)(`stand for the same as for ssh: %s${noSsh}`, async (option, said, find) => {
    for (const [alias, value] of [
      ["", `${folder}/x-${ALL}`],
      ["HostKeyAlias alias\n", `~/x-%k-%%d-\${KEYS}`],
      ["", `~${localUser}/%n`],
      ["", "~nobody/%n"],
    ]) {
      const text = `${HOST}${alias}${option} ${value}\n${doubt}`;
      expect(find(await resolve(text, ssh))).toBe(said.exec(askSsh(text))?.[1]);
    }
  });

  it("stand for nothing where ssh_config(5) has none", async () => {
    const config = await resolve(`${HOST}GlobalKnownHostsFile ~/g-%h-%k\nProxyJump %r@%n-%h-%p,%%-x,%d\n${doubt}`, ssh);
    expect(config.globalKnownHostsFile).toEqual([`${home}/g-%h-%k`]);
    expect(config.proxyJump).toEqual(["someone@tok-127.0.0.9-2201", "%-x", "%d"]);
  });

  it("are those of the words of a KnownHostsCommand, but for the key", async () => {
    const command = `KnownHostsCommand /bin/x %H "%n %k" \${KEYS} %I %t %%d\n`;
    expect((await resolve(`${HOST}${command}${doubt}`, ssh)).knownHostsCommand).toEqual([
      "/bin/x",
      "[127.0.0.9]:2201",
      "tok tok",
      "/keys",
      "HOSTNAME",
      "%t",
      "%d",
    ]);
  });

  it("keep a path with blanks whole, as one word or one of several", async () => {
    for (const [value, paths] of [
      ['"/a b/c"', ["/a b/c"]],
      ["/a\\ b/c", ["/a b/c"]],
      ["/x \"/a b/%n\" '/c d'", ["/x", "/a b/tok", "/c d"]],
      ['"~/a b" /x', [`${home}/a b`, "/x"]],
      ["/a /b", ["/a", "/b"]],
    ] as const) {
      const text = `Host other\n  UserKnownHostsFile "/a b" c\n${HOST}UserKnownHostsFile ${value}\n${doubt}`;
      expect((await resolve(text, ssh)).userKnownHostsFile).toEqual(paths);
    }
  });

  it("refuse the home directory of somebody who is not known", async () => {
    await expect(resolve(`${HOST}IdentityFile ~no-such-user/key\n${doubt}`, ssh)).rejects.toMatchObject({
      code: "SSH_CONFIG_INVALID",
      message: expect.stringContaining('"~no-such-user/key"'),
    });
  });
});

describe("Include without an ssh program", () => {
  it.each([
    ["a home directory", `~${localUser}/../..`],
    ["a home directory and no name", "~/../.."],
    ["a variable", "${ROOT}"],
  ])("is followed: %s", async (_title, start) => {
    mkdirSync(join(folder, "a.d"), { recursive: true });
    mkdirSync(join(folder, "b.d"), { recursive: true });
    writeFileSync(join(folder, "a.d", "1.conf"), "User one\n");
    writeFileSync(join(folder, "b.d", "7.conf"), "User seven\nPort 7\n");
    const up = start.startsWith("~") ? `${start}${"/..".repeat(8)}${folder}` : start;
    const file = join(folder, "config");
    for (const [glob, user, port] of [
      ["*.d/*.conf", "one", 7],
      ["[!a].d/[0-9].conf", "seven", 7],
      ["?.d/[12].conf", "one", undefined],
      ["{a,b}.d/1.conf", undefined, undefined],
    ] as const) {
      writeFileSync(file, `Include ${up}/${glob}\n`);
      const source = createSshConfigSource({ home, localUser, env: { ROOT: folder }, ssh: `${nowhere}/ssh`, file });
      expect(await source.resolve({ name: "tok" })).toMatchObject({ user, port });
    }
  });

  it.skipIf(!hasSsh)(`reads Match as ssh does${noSsh}`, async () => {
    for (const [line, holds] of [
      ["Match host 127.* user someone", true],
      ["Match host=127.* !user root", true],
      ["Match !host 127.*", false],
      ["Match originalhost tok,x all", true],
      ["Match final host 127.*", true],
      ["Match !final host 127.*", true],
      ["Match canonical host 127.*", false],
      [`Match localuser ${localUser}`, true],
    ] as const) {
      const text = `${HOST}${line}\n  HostKeyAlias found\n`;
      const file = join(folder, "for-ssh");
      writeFileSync(file, text);
      const said = execFileSync("ssh", ["-G", "-T", "-F", file, "tok"], { encoding: "utf8" });
      expect([line, /^hostkeyalias found$/m.test(said)]).toEqual([line, holds]);
      expect([line, (await resolve(text)).hostKeyAlias]).toEqual([line, holds ? "found" : undefined]);
    }
  });
});
