import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeKey, fingerprint } from "../../../../src/transport/ssh/host-key/fingerprint.ts";
import {
  findKeyType,
  formatKnownHost,
  hashHostName,
  indexKnownHosts,
  type KnownHost,
  knownHostsName,
  parseKnownHosts,
} from "../../../../src/transport/ssh/host-key/known-hosts.ts";
import { fingerprintBySshKeygen, makeKey } from "../../../support/ssh-keys.ts";
import { findProgram } from "../../../support/sshd.ts";
import { unless } from "../../../support/unless.ts";

const ED25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIBnPOzUzkL7bEw8lTJXm+I7v2OQ7ZfJG1TlwzKZk0QpC";

/** The patterns of the lines that speak of `name`. */
function matching(text: string, name: string): string[] {
  return indexKnownHosts(parseKnownHosts(text, "known_hosts").entries)
    .find(name)
    .keys.map((entry) => entry.patterns);
}

const noKeygen = unless(findProgram("ssh-keygen") !== undefined, "no ssh-keygen");

describe("known_hosts patterns", () => {
  const cases: readonly (readonly [patterns: string, name: string, matches: boolean])[] = [
    ["app1.example.com", "app1.example.com", true],
    ["app1.example.com", "app2.example.com", false],
    ["app1.example.com,10.0.0.5", "10.0.0.5", true],
    ["APP1.example.com", "app1.example.com", true],
    ["*.example.com", "app1.example.com", true],
    ["*.example.com", "example.com", false],
    ["app?.example.com", "app1.example.com", true],
    ["app?.example.com", "app10.example.com", false],
    ["*.example.com,!db.example.com", "db.example.com", false],
    ["!db.example.com,*.example.com", "db.example.com", false],
    ["*.example.com,!db.example.com", "app.example.com", true],
    ["!db.example.com", "app.example.com", false],
    ["[app1.example.com]:2222", "[app1.example.com]:2222", true],
    ["app1.example.com", "[app1.example.com]:2222", false],
    ["[app1.example.com]:2222", "app1.example.com", false],
    ["[*.example.com]:2222", "[app1.example.com]:2222", true],
    ["*", "[app1.example.com]:2222", true],
    ["a*b*c", "aXbYbZc", true],
    ["a*b*c", "aXbYbZ", false],
    ["::1", "::1", true],
    ["app1.example.com,", "", false],
  ];

  it.each(cases)("%s for %s: %s", (patterns, name, matches) => {
    expect(matching(`${patterns} ssh-ed25519 ${ED25519}`, name)).toEqual(matches ? [patterns] : []);
  });

  it("stays quick for a pattern made to be slow", () => {
    const text = `${"a".repeat(5000)}b`;
    expect(matching(`${"a*".repeat(500)}c ssh-ed25519 ${ED25519}`, text)).toEqual([]);
  });

  it("names a host with its port, except for 22", () => {
    expect(knownHostsName("App1.Example.com", 22)).toBe("app1.example.com");
    expect(knownHostsName("::1", 2222)).toBe("[::1]:2222");
  });
});

describe("known_hosts lines", () => {
  it("sorts markers from plain keys", () => {
    const text = `app ssh-ed25519 ${ED25519}\n@revoked app ssh-ed25519 ${ED25519}\n@cert-authority app ssh-ed25519 ${ED25519} the CA\n`;
    const found = indexKnownHosts(parseKnownHosts(text, "f").entries).find("app");
    expect(found.keys.map((entry) => entry.line)).toEqual([1]);
    expect(found.revoked.map((entry) => entry.line)).toEqual([2]);
    expect(found.authorities.map((entry) => entry.line)).toEqual([3]);
  });

  it("keeps the order of the lines, whichever way they name a host, and gives each once", () => {
    const patterns = ["app", "a*", "web,APP,app", "*,!app", hashHostName("app"), "app"];
    const text = patterns.map((names) => `${names} ssh-ed25519 ${ED25519}\n`).join("");
    const found = indexKnownHosts(parseKnownHosts(text, "f").entries).find("app");
    expect(found.keys.map(({ line }) => line)).toEqual([1, 2, 3, 5, 6]);
  });

  it("looks at a line of plain names once, however many hosts are asked for", () => {
    let looks = 0;
    const lines = Array.from({ length: 100 }, (_, index) => ({
      ...(parseKnownHosts(`app${index} ssh-ed25519 ${ED25519}\n`, "f").entries[0] as KnownHost),
      get patterns() {
        looks += 1;
        return `app${index}`;
      },
    }));
    const knownHosts = indexKnownHosts(lines);
    for (let index = 0; index < 100; index++) expect(knownHosts.find(`app${index}`).keys).toHaveLength(1);
    expect(looks).toBe(100);
  });

  it("skips comments and empty lines, and takes tabs, CRLF and comments behind the key", () => {
    const text = `# a comment\n\n  \t\napp\tssh-ed25519\t${ED25519}\tdeployer@laptop of mine\r\n`;
    expect(parseKnownHosts(text, "f")).toMatchObject({ entries: [{ line: 4, patterns: "app" }], bad: [] });
  });

  it("reports bad lines with their number and goes on", () => {
    const lines = [
      "app",
      "app ssh-ed25519",
      "app ssh-ed25519 !!!!",
      `app ssh-rsa ${ED25519}`,
      `@nonsense app ssh-ed25519 ${ED25519}`,
    ];
    const { entries, bad } = parseKnownHosts(`${lines.join("\n")}\nother ssh-ed25519 ${ED25519}\n`, "f");
    expect(bad.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5]);
    expect(bad[4]?.reason).toBe("unknown marker @nonsense");
    expect(entries.map((entry) => entry.patterns)).toEqual(["other"]);
  });

  it("finds no type in bytes that are no key", () => {
    expect(findKeyType(Buffer.alloc(3))).toBeUndefined();
    expect(findKeyType(Buffer.from([255, 255, 255, 255, 1]))).toBeUndefined();
  });
});

describe.skipIf(findProgram("ssh-keygen") === undefined)(`known_hosts as OpenSSH writes it${noKeygen}`, () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "fake-known-hosts-"));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("matches names that ssh-keygen hashed", () => {
    const file = join(folder, "hashed");
    writeFileSync(file, `app1.example.com ssh-ed25519 ${ED25519}\n[app2.example.com]:2222 ssh-ed25519 ${ED25519}\n`);
    execFileSync("ssh-keygen", ["-q", "-H", "-f", file], { stdio: "ignore" });
    const text = readFileSync(file, "utf8");
    expect(text).not.toContain("example.com");
    expect(matching(text, "app1.example.com")).toHaveLength(1);
    expect(matching(text, "[app2.example.com]:2222")).toHaveLength(1);
    expect(matching(text, "app2.example.com")).toHaveLength(0);
  });

  it("writes hashed names that ssh-keygen finds", () => {
    const file = join(folder, "ours");
    writeFileSync(file, `${formatKnownHost("[app2.example.com]:2222", "ssh-ed25519", Buffer.from(ED25519, "base64"), true)}\n`);
    const found = execFileSync("ssh-keygen", ["-F", "[app2.example.com]:2222", "-f", file], { encoding: "utf8" });
    expect(found).toContain(ED25519);
    expect(readFileSync(file, "utf8")).toMatch(/^\|1\|/);
  });

  it.each(["ed25519", "ecdsa", "rsa"])("shows the fingerprint of a %s key as ssh-keygen does", (type) => {
    const { path, publicKey } = makeKey(join(folder, type), { type });
    const key = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
    expect(fingerprint(key)).toBe(fingerprintBySshKeygen(`${path}.pub`));
    expect(describeKey(key)).toBe(`${type.toUpperCase()} ${fingerprintBySshKeygen(`${path}.pub`)}`);
  });
});
