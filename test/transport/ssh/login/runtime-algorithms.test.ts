import crypto from "node:crypto";
import { describe, expect, it } from "vitest";
import { chooseAlgorithms } from "../../../../src/transport/ssh/login/algorithms.ts";
import { createRuntimeAlgorithms, type Primitives } from "../../../../src/transport/ssh/login/runtime-algorithms.ts";
import { target } from "../../../support/ssh-target.ts";

const refuse = (): never => {
  throw new Error("unsupported");
};
/** A primitive that refuses what is called so. */
const without = (key: keyof Primitives, name: string) => ({
  [key]: (first: string, ...more: unknown[]) =>
    first === name ? refuse() : (crypto[key] as (...a: unknown[]) => unknown)(first, ...more),
});

/** What a runtime lacks, and what is not offered there then. */
const LACKS: Readonly<Record<string, readonly [lacks: object, without: readonly string[]]>> = {
  nothing: [{}, []],
  "chacha20 in its list, as Bun": [
    { getCiphers: () => crypto.getCiphers().filter((name) => name !== "chacha20") },
    ["chacha20-poly1305@openssh.com"],
  ],
  "chacha20, which it lists": [without("createCipheriv", "chacha20"), ["chacha20-poly1305@openssh.com"]],
  "AES-GCM": [without("createCipheriv", "aes-128-gcm"), ["aes128-gcm@openssh.com"]],
  x25519: [without("generateKeyPairSync", "x25519"), ["curve25519-sha256", "curve25519-sha256@libssh.org"]],
  "the curve P-521, as Deno": [without("createECDH", "secp521r1"), ["ecdh-sha2-nistp521", "ecdsa-sha2-nistp521"]],
  "SHA-1 in its list": [
    { getHashes: () => crypto.getHashes().filter((name) => name !== "sha1") },
    ["hmac-sha1-etm@openssh.com", "hmac-sha1"],
  ],
  "HMAC with SHA-1": [without("createHmac", "sha1"), ["hmac-sha1-etm@openssh.com", "hmac-sha1"]],
  Ed25519: [{ sign: refuse }, ["ssh-ed25519"]],
};

const all = (chosen: object): string[] => Object.values(chosen).flat();

describe("what is offered to a server", () => {
  it.each(Object.entries(LACKS))("leaves out what the runtime has not: %s", (_, [lacks, missing]) => {
    const has = createRuntimeAlgorithms({ ...crypto, ...lacks });
    const offered = all(chooseAlgorithms(target(), [], has));
    const rest = all(chooseAlgorithms(target(), [], () => true)).filter((name) => !missing.includes(name));
    expect(offered).toEqual(rest);
  });

  it("leaves it out also when an ssh config allows it, or names what is outdated", () => {
    const config = target({ ciphers: "chacha20-poly1305@openssh.com,aes128-cbc,3des-cbc,aes256-ctr" });
    const has = createRuntimeAlgorithms({
      ...crypto,
      getCiphers: () => ["aes-256-ctr", "des-ede3-cbc"],
    });
    expect(chooseAlgorithms(config, [], has).cipher).toEqual(["aes256-ctr", "3des-cbc"]);
    const alone = target({ ciphers: "chacha20-poly1305@openssh.com" });
    expect(() => chooseAlgorithms(alone, [], has)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("Allow one of these too: aes256-ctr.") }),
    );
  });

  it("is tried once", () => {
    let tried = 0;
    const has = createRuntimeAlgorithms({
      ...crypto,
      createECDH: (name) => {
        tried += 1;
        return crypto.createECDH(name);
      },
    });
    expect([has("ecdh-sha2-nistp256"), has("ecdh-sha2-nistp256"), tried]).toEqual([true, true, 1]);
  });
});
