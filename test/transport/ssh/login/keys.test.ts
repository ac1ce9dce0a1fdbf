import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shortenHome } from "../../../../src/transport/ssh/config/shorten-home.ts";
import { LockedKeyError, loadKeyFile } from "../../../../src/transport/ssh/login/keys.ts";
import { inspectKey, unlockKey, unsupportedType } from "../../../../src/transport/ssh/login/private-key.ts";
import { remember } from "../../../../src/transport/ssh/remember.ts";
import { makeKey } from "../../../support/ssh-keys.ts";
import { findProgram } from "../../../support/sshd.ts";
import { unless } from "../../../support/unless.ts";

const DATA = Buffer.from("to be signed");

const hasPuttygen = spawnSync("puttygen", ["--version"]).status === 0;
const noPuttygen = unless(hasPuttygen, "no puttygen");
const noKeygen = unless(findProgram("ssh-keygen") !== undefined, "no ssh-keygen");

describe.skipIf(findProgram("ssh-keygen") === undefined)(`key files${noKeygen}`, () => {
  let folder: string;
  const text = (name: string): string => readFileSync(join(folder, name), "utf8");

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "fake-keys-"));
    makeKey(join(folder, "plain"));
    makeKey(join(folder, "locked"), { passphrase: "secret" });
    makeKey(join(folder, "gcm"), { passphrase: "secret", args: ["-Z", "aes256-gcm@openssh.com"] });
    makeKey(join(folder, "pem"), { type: "rsa", passphrase: "secret", args: ["-m", "PEM"] });
    makeKey(join(folder, "chacha"), { passphrase: "secret", args: ["-Z", "chacha20-poly1305@openssh.com"] });
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("shows its public half and whether it is encrypted without a passphrase", () => {
    for (const [name, encrypted] of [
      ["plain", false],
      ["locked", true],
      ["gcm", true],
    ] as const) {
      const facts = inspectKey(text(name), undefined);
      expect(facts).toMatchObject({ kind: "private", encrypted });
      const publicKey = facts.kind === "private" ? facts.publicKey?.getPublicSSH().toString("base64") : "";
      expect(text(`${name}.pub`).split(" ")[1]).toBe(publicKey);
    }
  });

  it("takes the public half of an encrypted PEM file from the .pub file beside it", () => {
    expect(inspectKey(text("pem"), undefined)).toEqual({ kind: "private", encrypted: true, publicKey: undefined });
    expect(inspectKey(text("pem"), text("pem.pub"))).toMatchObject({ kind: "private", publicKey: { type: "ssh-rsa" } });
  });

  it.each(["locked", "gcm", "pem"])("opens %s with the right passphrase only", (name) => {
    expect(unlockKey(text(name), "wrong")).toBeUndefined();
    expect(unlockKey(text(name), undefined)).toBeUndefined();
    expect(unlockKey(text(name), "secret")?.isPrivateKey()).toBe(true);
  });

  it.each([
    ["rsa", () => generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["ecdsa", () => generateKeyPairSync("ec", { namedCurve: "P-384" })],
    ["ed25519", () => generateKeyPairSync("ed25519")],
  ] as const)("opens an encrypted PKCS #8 file with the right passphrase only, and signs with it: %s", (type, generate) => {
    const { privateKey, publicKey } = generate();
    const pem = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" }).toString();
    for (const wrong of ["wrong", undefined, ...Array.from({ length: 20 }, (_, index) => `wrong ${index}`)]) {
      expect(unlockKey(pem, wrong)).toBeUndefined();
    }
    const signature = unlockKey(pem, "secret")?.sign(DATA, type === "rsa" ? "sha256" : undefined) as Buffer;
    if (type === "ed25519") expect(verify(null, DATA, publicKey, signature)).toBe(true);
    else expect(unlockKey(pem, "secret")?.verify(DATA, signature, type === "rsa" ? "sha256" : undefined)).toBe(true);
    expect(inspectKey(privateKey.export({ type: "pkcs8", format: "pem" }).toString(), undefined)).toMatchObject({
      kind: "private",
      encrypted: false,
    });
  });

  it("is not said to have another passphrase when no passphrase makes it usable", async () => {
    const { privateKey } = generateKeyPairSync("ed448");
    const pem = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" }).toString();
    writeFileSync(join(folder, "ed448"), pem);
    const key = await loadKeyFile(join(folder, "ed448"), folder);
    if (key.kind !== "private") throw new Error(key.kind);
    await expect(key.identity.sign(DATA, undefined, async () => "wrong")).rejects.toThrow("wrong passphrase for ~/ed448");
    const again = await loadKeyFile(join(folder, "ed448"), folder);
    if (again.kind !== "private") throw new Error(again.kind);
    await expect(again.identity.sign(DATA, undefined, async () => "secret")).rejects.toThrow("~/ed448 is of the type ed448");
  });

  it.each(["plain", "locked", "pem"])("is read as ssh reads it where other lines stand behind it: %s", (name) => {
    const [first, publicText] = [text(name), text(`${name}.pub`)];
    const files = [`${first}\n# a note\n`, first + publicText, first + text("gcm"), first.trim(), first.replaceAll("\n", "\r\n")];
    for (const file of files) expect(inspectKey(file, publicText)).toEqual(inspectKey(first, publicText));
    // Each time takes a while.
    for (const file of name === "locked" ? files.slice(2, 3) : files) {
      expect(unlockKey(file, "secret")?.getPublicSSH().toString("base64")).toBe(publicText.split(" ")[1]);
    }
  });

  it("names commands that work, whatever the path holds", async () => {
    const path = join(folder, "it's a FILE");
    execFileSync("cp", [join(folder, "chacha"), path]);
    const key = await loadKeyFile(path, folder);
    if (key.kind !== "unusable") throw new Error(key.kind);
    const [command = ""] = /ssh-keygen .*/.exec(key.instead) ?? [];
    execFileSync("sh", ["-c", `${command} -P secret -N other`], { stdio: "ignore", env: { ...process.env, HOME: folder } });
    expect(unlockKey(readFileSync(path, "utf8"), "other")?.isPrivateKey()).toBe(true);
  });

  it.skipIf(!hasPuttygen)(`names the command that writes a key of PuTTY's anew${noPuttygen}`, async () => {
    for (const [name, format] of [
      ["new one.ppk", "ppk-version=3"],
      ["old one.ppk", "ppk-version=2"],
    ] as const) {
      const path = join(folder, name);
      execFileSync("puttygen", [join(folder, "plain"), "-O", "private", "--ppk-param", format.replace("ppk-", ""), "-o", path]);
      const key = await loadKeyFile(path, folder);
      if (key.kind !== "unusable") throw new Error(key.kind);
      execFileSync("sh", ["-c", /puttygen .*/.exec(key.instead)?.[0] ?? ""], { env: { ...process.env, HOME: folder } });
      expect(unlockKey(readFileSync(`${path}.openssh`, "utf8"), undefined)?.isPrivateKey()).toBe(true);
    }
  });

  it("knows a public key for what it is", () => {
    const behind = `# mine\n\n${text("plain.pub")}ssh-rsa rubbish\n`;
    expect(inspectKey(behind, undefined)).toMatchObject({ kind: "public", publicKey: { type: "ssh-ed25519" } });
    expect(inspectKey(text("plain.pub"), undefined)).toMatchObject({ kind: "public", publicKey: { type: "ssh-ed25519" } });
  });

  it("says what is wrong with a file that is no use, and what to do", () => {
    const ed448 = generateKeyPairSync("ed448").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const cases: readonly (readonly [string, RegExp, RegExp])[] = [
      [text("chacha"), /is encrypted with chacha20-poly1305@openssh.com/, /ssh-keygen -p -Z aes256-ctr/],
      ["PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", /is in PuTTY's format/, /puttygen/],
      ["PuTTY-User-Key-File-2: ssh-ed25519\nEncryption: aes256-cbc\n", /is in PuTTY's format/, /puttygen/],
      [ed448, /is of the type ed448/, /ssh-keygen -t ed25519/],
      ["-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", /is damaged, or in a format/, /ssh-keygen -p/],
      ["sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5 me@here", /lives on a FIDO security key/, /ssh-keygen -t ed25519/],
      ["-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", /is damaged/, /copy/],
      ["hello", /is not a private key/, /ssh-keygen/],
    ];
    for (const [content, reason, instead] of cases) {
      expect(inspectKey(content, undefined)).toMatchObject({
        kind: "unusable",
        reason: expect.stringMatching(reason),
        instead: expect.stringMatching(instead),
      });
    }
    expect(unsupportedType("ssh-ed25519-cert-v01@openssh.com")?.reason).toBe("is a certificate");
    expect(unsupportedType("ssh-ed25519")).toBeUndefined();
  });

  it("is read once, and asked for once, by however many sign with it", async () => {
    const load = remember((path: string) => loadKeyFile(path, folder));
    const key = await load(join(folder, "locked"));
    expect(await load(join(folder, "locked"))).toBe(key);
    if (key.kind !== "private") throw new Error(key.kind);
    const questions: string[] = [];
    const ask = async (question: string): Promise<string> => {
      questions.push(question);
      return "secret";
    };
    const signatures = await Promise.all([1, 2, 3].map(() => key.identity.sign(DATA, undefined, ask)));
    expect(questions).toEqual(["Passphrase for the key ~/locked"]);
    expect(key.publicKey?.verify(DATA, signatures[0] ?? Buffer.alloc(0))).toBe(true);
  });

  it("is not given up for those who can be asked because one could not", async () => {
    const key = await loadKeyFile(join(folder, "locked"), "");
    if (key.kind !== "private") throw new Error(key.kind);
    await expect(key.identity.sign(DATA, undefined, undefined)).rejects.toMatchObject({ why: "nobody" });
    await expect(key.identity.sign(DATA, undefined, async () => "secret")).resolves.toBeInstanceOf(Buffer);
    await expect(key.identity.sign(DATA, undefined, undefined)).resolves.toBeInstanceOf(Buffer);
    expect(new LockedKeyError("k", "wrong").message).toBe("wrong passphrase for k");
  });

  it("may be missing, or have only its public half here", async () => {
    expect(await loadKeyFile(join(folder, "nothing"), folder)).toMatchObject({ kind: "missing", label: "~/nothing" });
    writeFileSync(join(folder, "half.pub"), text("plain.pub"));
    expect(await loadKeyFile(join(folder, "half"), folder)).toMatchObject({ kind: "public" });
    expect(await loadKeyFile(folder, folder)).toMatchObject({ kind: "unusable", reason: "cannot be read" });
  });

  it("signs RSA with the hash that is asked for", async () => {
    execFileSync("ssh-keygen", ["-q", "-t", "rsa", "-N", "", "-f", join(folder, "rsa")]);
    const key = await loadKeyFile(join(folder, "rsa"), "");
    if (key.kind !== "private") throw new Error(key.kind);
    const signature = await key.identity.sign(DATA, "sha512", undefined);
    expect(key.publicKey?.verify(DATA, signature, "sha512")).toBe(true);
    expect(key.publicKey?.verify(DATA, signature, "sha256")).toBe(false);
  });
});

describe("shortenHome", () => {
  it("shortens what is inside the home directory only", () => {
    expect(shortenHome("/home/me/.ssh/id", "/home/me")).toBe("~/.ssh/id");
    expect(shortenHome("/home/mean/.ssh/id", "/home/me")).toBe("/home/mean/.ssh/id");
    expect(shortenHome("/x", "")).toBe("/x");
  });
});
