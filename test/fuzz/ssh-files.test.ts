import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { matchesGlob, matchesPatternList } from "../../src/glob.ts";
import { readConfigFiles } from "../../src/transport/ssh/config/config-files.ts";
import { toSshConfig } from "../../src/transport/ssh/config/ssh-config.ts";
import {
  formatKnownHost,
  hashHostName,
  indexKnownHosts,
  knownHostsName,
  parseKnownHosts,
} from "../../src/transport/ssh/host-key/known-hosts.ts";
import { inspectKey, unlockKey } from "../../src/transport/ssh/login/private-key.ts";
import { makeKey } from "../support/ssh-keys.ts";
import { endsSoon, fuzz, fuzzAsync, HUGE, mutated, orRefused, soup } from "./fuzz.ts";

const folder = mkdtempSync(join(tmpdir(), "fake-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const pairs = [makeKey(join(folder, "ed25519"), { type: "ed25519" }), makeKey(join(folder, "ecdsa"), { type: "ecdsa" })];
const publicKeys = pairs.map(({ publicKey }) => publicKey.split(" ").slice(0, 2).join(" "));

describe("a known_hosts file", () => {
  const name = fc.constantFrom(
    "app1",
    "*.example.com",
    "[app1]:2222",
    "!db",
    "app?",
    "10.0.0.1",
    "APP1",
    hashHostName("app1"),
    "|1|x|y",
    "|2|a|b",
    "|1||",
  );
  const line = fc
    .tuple(
      fc.constantFrom("", "@revoked ", "@cert-authority ", "@other "),
      fc.array(name, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...publicKeys),
    )
    .map(([marker, names, key]) => `${marker}${names.join(",")} ${key} comment`);
  const text = fc.array(line, { maxLength: 4 }).map((lines) => lines.join("\n"));
  const any = fc.oneof(
    text,
    mutated(text),
    soup(...publicKeys, "app1", " ", "\t", "\n", "@revoked", "ssh-ed25519", "AAAA", "|1|", ","),
  );

  it("is read whatever it is: each line is an entry, bad, or says nothing", () => {
    fuzz(fc.tuple(any, fc.constantFrom("app1", "[app1]:2222", "web.example.com", "x", "")), ([content, host]) => {
      const { entries, bad } = parseKnownHosts(content, "known_hosts");
      expect(entries.length + bad.length).toBeLessThanOrEqual(content.split("\n").length);
      const found = indexKnownHosts(entries).find(host);
      for (const entry of [...found.keys, ...found.authorities, ...found.revoked]) expect(entries).toContain(entry);
    });
  });

  it("knows the host that was written to it, and no other", () => {
    const host = fc.string({ unit: fc.constantFrom(..."abcXY019.-_"), minLength: 1, maxLength: 12 });
    fuzz(fc.tuple(host, fc.integer({ min: 1, max: 65_535 }), fc.boolean(), host), ([host, port, hashed, other]) => {
      const [type = "", key = ""] = (publicKeys[0] ?? "").split(" ");
      const line = formatKnownHost(knownHostsName(host, port), type, Buffer.from(key, "base64"), hashed);
      const known = indexKnownHosts(parseKnownHosts(line, "known_hosts").entries);
      expect(known.find(knownHostsName(host, port)).keys).toHaveLength(1);
      if (other.toLowerCase() !== host.toLowerCase()) expect(known.find(knownHostsName(other, port)).keys).toEqual([]);
    });
  });

  it("is not waited for when a line has no end", () => {
    for (const content of [
      "a,".repeat(HUGE),
      " ".repeat(HUGE),
      "@".repeat(HUGE),
      `${"*".repeat(HUGE)} ${publicKeys[0]}`,
      `|${"|".repeat(HUGE)} ${publicKeys[0]}`,
    ])
      endsSoon(() => indexKnownHosts(parseKnownHosts(content, "known_hosts").entries).find("a".repeat(100)));
  });
});

describe("a pattern of hosts", () => {
  it("matches what the expression of the same meaning matches", () => {
    const short = fc.string({ unit: fc.constantFrom(..."ab*?!."), maxLength: 8 });
    fuzz(fc.tuple(short, fc.string({ unit: fc.constantFrom(..."ab!."), maxLength: 8 })), ([pattern, text]) => {
      const expression = new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll(/\*+/g, ".*").replaceAll("?", ".")}$`);
      expect(matchesGlob(pattern, text)).toBe(expression.test(text));
      matchesPatternList(pattern.split("."), text);
    });
  });
});

describe("a private key", () => {
  const texts = pairs.map(({ path }) => readFileSync(path, "utf8"));
  const labels = ["OPENSSH PRIVATE KEY", "RSA PRIVATE KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY"];
  const any = fc.oneof(
    mutated(fc.constantFrom(...texts, ...publicKeys)),
    soup(
      ...labels.map((label) => `-----BEGIN ${label}-----\n`),
      ...labels.map((label) => `\n-----END ${label}-----\n`),
      "AAAA",
      "b3BlbnNzaC1rZXktdjEA",
      "Proc-Type: 4,ENCRYPTED\n",
      "DEK-Info: AES-128-CBC,00\n",
      "PuTTY-User-Key-File-2: ssh-rsa\n",
      "Encryption: none\n",
      "ssh-rsa AAAA",
      "\n",
      "=",
    ),
    fc.tuple(fc.constantFrom(...labels), fc.uint8Array({ maxLength: 200 })).map(([label, bytes]) => {
      const body = label.startsWith("OPENSSH") ? Buffer.concat([Buffer.from("openssh-key-v1\0"), bytes]) : Buffer.from(bytes);
      return `-----BEGIN ${label}-----\n${body.toString("base64")}\n-----END ${label}-----\n`;
    }),
  );

  it("is known for what it is, or said to be of no use, whatever its file holds", () => {
    fuzz(fc.tuple(any, fc.option(any, { nil: undefined })), ([text, beside]) => {
      const facts = inspectKey(text, beside);
      if (facts.kind === "unusable") expect(facts.instead).not.toBe("");
    });
    fuzz(fc.tuple(any, fc.option(fc.string(), { nil: undefined })), ([text, passphrase]) => void unlockKey(text, passphrase), {
      runs: 500,
    });
  });

  it("is not waited for when its file is huge", () => {
    for (const piece of [
      "-----BEGIN OPENSSH PRIVATE KEY-----",
      "-----BEGIN RSA PRIVATE KEY-----\n",
      "-----BEGIN PRIVATE KEY",
      "A",
      "ssh-rsa ",
      "\n",
      "PuTTY-User-Key-File-2:\n",
      "Proc-Type: 4,ENCRYPTED\n",
    ]) {
      endsSoon(() => inspectKey(piece.repeat(HUGE / piece.length), undefined));
      endsSoon(() => inspectKey(`-----BEGIN OPENSSH PRIVATE KEY-----${piece.repeat(HUGE / piece.length)}`, undefined));
    }
  });
});

describe("ssh's configuration", () => {
  const keyword = [
    "Host ",
    "Match ",
    "Include ",
    "User ",
    "Port ",
    "HostName ",
    "ProxyJump ",
    "ProxyCommand ",
    "IdentityFile ",
    "UserKnownHostsFile ",
  ];
  const any = soup(
    ...keyword,
    "app1",
    "*",
    "!",
    "=",
    '"',
    "\n",
    "\t",
    "22",
    "%h",
    "%%",
    "~/",
    "${HOME}",
    "all",
    "final",
    "exec ",
    "-oX",
    "#",
    "\\",
  );

  it("is read whatever it is, or left to ssh", async () => {
    const file = join(folder, "config");
    await fuzzAsync(
      fc.tuple(any, fc.constantFrom("app1", "APP1", "10.0.0.1", "a.b")),
      async ([text, name]) => {
        writeFileSync(file, text);
        const find = await readConfigFiles([{ path: file, folder, checked: false }], { home: folder, localUser: "me", env: {} });
        orRefused(() => toSshConfig(find({ name }).raw, { home: folder, localUser: "me", env: {}, name }));
      },
      { runs: 1000 },
    );
  });

  it("is not waited for when a line has no end", async () => {
    const file = join(folder, "huge");
    for (const text of [
      `User ${"a ".repeat(HUGE / 2)}#`,
      `User${" ".repeat(HUGE)}`,
      `User${" = ".repeat(HUGE / 3)}`,
      `User ${'"'.repeat(HUGE)}`,
      "a".repeat(HUGE),
      `Host ${"*a".repeat(HUGE / 2)}\nUser x`,
      `ProxyJump ${"a.".repeat(HUGE / 2)}!`,
      `ProxyJump ${"a,".repeat(HUGE / 2)}!`,
      `ConnectTimeout ${"1m".repeat(HUGE / 2)}x`,
    ]) {
      writeFileSync(file, text);
      const find = await readConfigFiles([{ path: file, folder, checked: false }], { home: folder, localUser: "me", env: {} });
      endsSoon(() => find({ name: "a".repeat(300) }));
    }
  });
});
