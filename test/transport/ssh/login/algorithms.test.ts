import { describe, expect, it } from "vitest";
import { chooseAlgorithms } from "../../../../src/transport/ssh/login/algorithms.ts";
import { target } from "../../../support/ssh-target.ts";

describe("chooseAlgorithms", () => {
  it("puts AES-GCM and curve25519 first and group exchange last", () => {
    const { kex, cipher } = chooseAlgorithms(target(), []);
    expect(kex).toMatchObject({ 0: "curve25519-sha256" });
    expect((kex as string[]).at(-1)).toBe("diffie-hellman-group-exchange-sha256");
    expect((cipher as string[])[0]).toBe("aes128-gcm@openssh.com");
  });

  it("asks first for the host key types that known_hosts has", () => {
    const { serverHostKey } = chooseAlgorithms(target(), ["ssh-rsa"]);
    expect((serverHostKey as string[]).slice(0, 3)).toEqual(["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"]);
  });

  it("offers nothing that the ssh config does not allow, and outdated algorithms only when it names them", () => {
    const { kex, serverHostKey, cipher } = chooseAlgorithms(
      target({
        kexalgorithms: "ecdh-sha2-nistp256,sntrup761x25519-sha512,diffie-hellman-group1-sha1",
        hostkeyalgorithms: "ssh-rsa",
        ciphers: "aes256-ctr",
      }),
      [],
    );
    expect(kex).toEqual(["ecdh-sha2-nistp256", "diffie-hellman-group1-sha1"]);
    expect(serverHostKey).toEqual(["ssh-rsa"]);
    expect(cipher).toEqual(["aes256-ctr"]);
  });

  it("says which option leaves nothing", () => {
    expect(() => chooseAlgorithms(target({ kexalgorithms: "sntrup761x25519-sha512" }), [])).toThrow(
      "Your ssh config allows for app1 only KexAlgorithms that ssh2 does not have: sntrup761x25519-sha512. This version's ssh transport cannot do that.",
    );
  });
});
