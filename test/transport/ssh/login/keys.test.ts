import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
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

  it("knows a public key for what it is", () => {
    expect(inspectKey(text("plain.pub"), undefined)).toMatchObject({ kind: "public", publicKey: { type: "ssh-ed25519" } });
  });

  it("says what is wrong with a file that is no use, and what to do", () => {
    const ed25519 = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const cases: readonly (readonly [string, RegExp, RegExp])[] = [
      [text("chacha"), /is encrypted with chacha20-poly1305@openssh.com/, /ssh-keygen -p -Z aes256-ctr/],
      ["PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", /is in PuTTY's format/, /puttygen/],
      [ed25519, /in a format that this version cannot read/, /ssh-keygen/],
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
