import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { nowhere } from "../../support/nowhere.ts";
import { connect, fleetTransport, refusal } from "../../support/ssh-host.ts";
import { fingerprintBySshKeygen, type KeyPair, makeKey } from "../../support/ssh-keys.ts";
import { findSshd, NO_SSHD, plainKey, type SshdFleet, type SshdHost, startSshdFleet } from "../../support/sshd.ts";

describe.skipIf(findSshd() === undefined)(`host keys of OpenSSH${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  let host1: SshdHost;
  let other: KeyPair;
  let name: string;

  beforeAll(async () => {
    fleet = await startSshdFleet(1);
    host1 = fleet.hosts[0] as SshdHost;
    other = makeKey(join(fleet.directory, "other_key"));
    name = `[127.0.0.1]:${host1.port}`;
  });

  beforeEach(() => fleet.configure());
  afterAll(() => fleet.stop());

  const know = (...lines: readonly string[]): void => writeFileSync(fleet.knownHosts, lines.map((line) => `${line}\n`).join(""));
  const succeeds = async (options: Parameters<typeof fleetTransport>[1] = {}): Promise<void> => {
    await (await connect(fleetTransport(fleet, options), "host1")).close();
  };

  it("refuses an unknown key with its fingerprint and a command that makes it known", async () => {
    know();
    const error = await refusal(connect(fleetTransport(fleet), "host1"));
    expect(error.code).toBe("HOST_KEY_UNKNOWN");
    expect(error.message).toContain(`ED25519 ${fingerprintBySshKeygen(`${host1.hostKey.path}.pub`)}`);
    const shown = /right: (ssh-keyscan .* >> )(\S+)/.exec(error.hint ?? "");
    expect(shown?.[2]).toBe("~/known_hosts");
    execFileSync("sh", ["-c", `${shown?.[1]}${fleet.knownHosts} 2>/dev/null`]);
    await succeeds();
  });

  it("shows no key of ours to a host that it does not know", async () => {
    // No login of another test is in its log, and what it logs comes when it comes.
    const stranger = await fleet.add({ name: "stranger" });
    know();
    expect((await refusal(connect(fleetTransport(fleet), "stranger"))).code).toBe("HOST_KEY_UNKNOWN");
    await vi.waitFor(() => expect(stranger.log()).toContain("[preauth]"), { timeout: 10_000 });
    expect(stranger.log()).not.toMatch(/publickey|userauth/i);
  });

  it.each(["accept-new", "strict"] as const)("refuses a changed key with --host-keys %s", async (hostKeys) => {
    know(`${name} ${plainKey(other)}`);
    const error = await refusal(connect(fleetTransport(fleet, { hostKeys }), "host1"));
    expect(error.code).toBe("HOST_KEY_CHANGED");
    expect(error.message).toContain("has CHANGED");
    expect(error.message).toContain(fingerprintBySshKeygen(`${host1.hostKey.path}.pub`));
    expect(error.message).toContain(`${fingerprintBySshKeygen(`${other.path}.pub`)} (~/known_hosts:1)`);
    const forget = /ssh-keygen -R .*/.exec(error.hint ?? "")?.[0] ?? "";
    execFileSync("sh", ["-c", forget], { stdio: "ignore" });
    expect(readFileSync(fleet.knownHosts, "utf8")).toBe("");
  });

  it("refuses a key of another type than those that are known, also with accept-new", async () => {
    know(`${name} ${plainKey(makeKey(join(fleet.directory, "ecdsa_key"), { type: "ecdsa" }))}`);
    const error = await refusal(connect(fleetTransport(fleet, { hostKeys: "accept-new" }), "host1"));
    expect(error).toMatchObject({
      code: "HOST_KEY_CHANGED",
      message: expect.stringContaining("of a type that is not known for it"),
    });
  });

  it("asks the host for the key type that is known", async () => {
    const rsa = await fleet.add({
      name: "mixed",
      config: [`HostKey ${makeKey(join(fleet.directory, "rsa_key"), { type: "rsa" }).path}`],
    });
    know(
      `[127.0.0.1]:${rsa.port} ${plainKey({ path: "", publicKey: readFileSync(join(fleet.directory, "rsa_key.pub"), "utf8") })}`,
    );
    await (await connect(fleetTransport(fleet), "mixed")).close();
  });

  it("refuses a revoked key, even one that is known", async () => {
    know(`${name} ${plainKey(host1.hostKey)}`, `@revoked * ${plainKey(host1.hostKey)}`);
    expect(await refusal(connect(fleetTransport(fleet, { hostKeys: "accept-new" }), "host1"))).toMatchObject({
      code: "HOST_KEY_REVOKED",
    });
  });

  it("heeds RevokedHostKeys, and trusts nothing when that file is missing or binary", async () => {
    const list = join(fleet.directory, "revoked");
    fleet.configure({ host1: [`RevokedHostKeys ${list}`] });
    expect(await refusal(connect(fleetTransport(fleet), "host1"))).toMatchObject({ code: "REVOKED_KEYS_UNREADABLE" });
    writeFileSync(list, `${host1.hostKey.publicKey}\n`);
    expect(await refusal(connect(fleetTransport(fleet), "host1"))).toMatchObject({ code: "HOST_KEY_REVOKED" });
    execFileSync("ssh-keygen", ["-q", "-k", "-f", list, `${host1.hostKey.path}.pub`], { stdio: "ignore" });
    expect(await refusal(connect(fleetTransport(fleet), "host1"))).toMatchObject({
      code: "UNSUPPORTED_BY_SSH_TRANSPORT",
      hint: expect.stringContaining('transport: "openssh"'),
    });
    writeFileSync(list, "");
    await succeeds();
  });

  it("finds hashed names", async () => {
    execFileSync("ssh-keygen", ["-q", "-H", "-f", fleet.knownHosts], { stdio: "ignore" });
    expect(readFileSync(fleet.knownHosts, "utf8")).not.toContain("127.0.0.1");
    await succeeds();
  });

  it("takes a key that is known for the name without the port", async () => {
    know(`127.0.0.1 ${plainKey(host1.hostKey)}`);
    await succeeds();
    know(`127.0.0.1 ${plainKey(other)}`);
    expect(await refusal(connect(fleetTransport(fleet), "host1"))).toMatchObject({ code: "HOST_KEY_UNKNOWN" });
  });

  it("looks for HostKeyAlias in place of the address", async () => {
    fleet.configure({ host1: ["HostKeyAlias the-alias"] });
    const error = await refusal(connect(fleetTransport(fleet), "host1"));
    expect(error.hint).toContain(`echo 'the-alias ${plainKey(host1.hostKey)}' >> ~/known_hosts`);
    know(`the-alias ${plainKey(host1.hostKey)}`);
    await succeeds();
  });

  it("looks into all files that the ssh config names", async () => {
    const second = join(fleet.directory, "second");
    writeFileSync(second, `${name} ${plainKey(host1.hostKey)}\n`);
    fleet.configure({ host1: [`UserKnownHostsFile ${nowhere}/first ${second}`] });
    await succeeds();
    fleet.configure({ host1: ["UserKnownHostsFile none", `GlobalKnownHostsFile ${second}`] });
    await succeeds();
  });

  it("says that it cannot check host certificates, unless the key itself is known too", async () => {
    know(`@cert-authority 127.0.0.1,${name} ${plainKey(other)}`);
    const error = await refusal(connect(fleetTransport(fleet), "host1"));
    expect(error).toMatchObject({
      code: "UNSUPPORTED_BY_SSH_TRANSPORT",
      message: expect.stringContaining(`${fleet.knownHosts}:1 trusts 127.0.0.1 by a certificate authority`),
      hint: expect.stringContaining('transport: "openssh"'),
    });
    appendFileSync(fleet.knownHosts, `${name} ${plainKey(host1.hostKey)}\n`);
    await succeeds();
  });

  it("leaves bad lines out with a warning", async () => {
    know("nonsense", `${name} ${plainKey(host1.hostKey)}`);
    const warnings: string[] = [];
    await succeeds({ onWarning: (text) => warnings.push(text) });
    expect(warnings).toEqual([`${fleet.knownHosts}:1 is left out: it needs host names, a key type and a key.`]);
  });

  describe("from a KnownHostsCommand", () => {
    let program: string;
    const command = (text: string, args = "%H"): void => {
      program = join(fleet.directory, `keys-${Math.random()}`);
      writeFileSync(program, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      fleet.configure({ host1: [`KnownHostsCommand ${program} ${args}`] });
      know();
    };

    it("are known like those of a file: asked for by the name that known_hosts has", async () => {
      command(
        `test "$*" = '${name} HOSTNAME host1 a  b' && echo "$1 ${plainKey(host1.hostKey)}"; echo rubbish`,
        '%H %I %n "a  b"',
      );
      const warnings: string[] = [];
      await succeeds({ onWarning: (text) => warnings.push(text) });
      expect(warnings).toEqual([expect.stringContaining(`the output of KnownHostsCommand ${program}:2 is left out`)]);
      command(`echo "@revoked * ${plainKey(host1.hostKey)}"`);
      know(`${name} ${plainKey(host1.hostKey)}`);
      expect((await refusal(connect(fleetTransport(fleet), "host1"))).code).toBe("HOST_KEY_REVOKED");
    });

    it("are asked for by a few programs at a time, which end with the run", async () => {
      command(`echo >>${fleet.directory}/asked; exec sleep 60`);
      const stop = new AbortController();
      const transport = fleetTransport(fleet);
      const asking = Array.from({ length: 20 }, () => connect(transport, "host1", { signal: stop.signal }));
      const ends = Promise.allSettled(asking);
      await delay(500);
      expect(readFileSync(join(fleet.directory, "asked"), "utf8").length).toBeLessThanOrEqual(8);
      stop.abort(new Error("stopped"));
      expect((await ends).map((end) => end.status === "rejected" && (end.reason as Error).message)).toEqual(
        asking.map(() => "stopped"),
      );
      await transport.close();
    });

    it("are refused when they differ, and no file is blamed for it", async () => {
      command(`echo "$1 ${plainKey(other)}"`);
      const error = await refusal(connect(fleetTransport(fleet, { hostKeys: "accept-new" }), "host1"));
      expect(error).toMatchObject({
        code: "HOST_KEY_CHANGED",
        hint: expect.stringContaining("where the KnownHostsCommand has it from"),
      });
      expect(error.message).toContain(`(the output of KnownHostsCommand ${program}:1)`);
    });

    it.each([
      ["fails", "echo no directory >&2; exit 3", "%H", "failed (3): no directory"],
      ["wants the key itself", "true", "%K", "KnownHostsCommand wants to be told the key"],
    ])("are trusted by nobody when it %s", async (_title, text, args, message) => {
      command(text, args);
      know(`${name} ${plainKey(host1.hostKey)}`);
      expect((await refusal(connect(fleetTransport(fleet), "host1"))).message).toContain(message);
    });
  });

  describe("with accept-new", () => {
    let file: string;

    beforeEach(() => {
      file = join(fleet.directory, `new-${Math.random()}`, "known_hosts");
      fleet.configure({ host1: [`UserKnownHostsFile ${file}`] });
    });

    it("writes a new key into a file that only the user can read, and says so once", async () => {
      const warnings: string[] = [];
      const transport = fleetTransport(fleet, { hostKeys: "accept-new", onWarning: (text) => warnings.push(text) });
      await Promise.all([1, 2, 3].map(async () => (await connect(transport, "host1")).close()));
      expect(readFileSync(file, "utf8")).toBe(`${name} ${plainKey(host1.hostKey)}\n`);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(warnings).toEqual([
        `The host key of 127.0.0.1 was not known and is accepted: ED25519 ${fingerprintBySshKeygen(`${host1.hostKey.path}.pub`)}`,
      ]);
      fleet.configure({ host1: [`UserKnownHostsFile ${file}`] });
      await succeeds({ hostKeys: "strict" });
    });

    it("keeps a last line that has no newline apart", async () => {
      await succeeds({ hostKeys: "accept-new" });
      writeFileSync(file, "# no newline here");
      await succeeds({ hostKeys: "accept-new" });
      expect(readFileSync(file, "utf8")).toBe(`# no newline here\n${name} ${plainKey(host1.hostKey)}\n`);
    });

    it("hashes the name when the ssh config wants that", async () => {
      fleet.configure({ host1: [`UserKnownHostsFile ${file}`, "HashKnownHosts yes", "StrictHostKeyChecking accept-new"] });
      await succeeds();
      expect(readFileSync(file, "utf8")).toMatch(/^\|1\|\S+\|\S+ ssh-ed25519 /);
      await succeeds({ hostKeys: "strict" });
    });

    it("lets the command line be stricter than the ssh config", async () => {
      fleet.configure({ host1: [`UserKnownHostsFile ${file}`, "StrictHostKeyChecking no"] });
      expect(await refusal(connect(fleetTransport(fleet, { hostKeys: "strict" }), "host1"))).toMatchObject({
        code: "HOST_KEY_UNKNOWN",
      });
      expect(existsSync(file)).toBe(false);
    });

    it("takes StrictHostKeyChecking no for accept-new, with a warning", async () => {
      fleet.configure({ host1: [`UserKnownHostsFile ${file}`, "StrictHostKeyChecking no"] });
      const warnings: string[] = [];
      await succeeds({ onWarning: (text) => warnings.push(text) });
      expect(warnings[0]).toContain("StrictHostKeyChecking no is taken as accept-new");
      writeFileSync(file, `${name} ${plainKey(other)}\n`);
      expect(await refusal(connect(fleetTransport(fleet), "host1"))).toMatchObject({ code: "HOST_KEY_CHANGED" });
    });

    it("warns and goes on when the file cannot be written", async () => {
      const nowhere = join(fleet.key.path, "known_hosts");
      fleet.configure({ host1: [`UserKnownHostsFile ${nowhere}`] });
      const warnings: string[] = [];
      await succeeds({ hostKeys: "accept-new", onWarning: (text) => warnings.push(text) });
      expect(warnings[1]).toContain(`could not be written to ${nowhere}`);
    });
  });
});
