import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explainEnd, explainLoss } from "../../../src/transport/openssh/errors.ts";
import { SshWords } from "../../../src/transport/openssh/words.ts";
import { PassingError } from "../../../src/transport/ssh/try-again.ts";
import { target } from "../../support/ssh-target.ts";

function hear(...lines: readonly string[]): SshWords {
  const words = new SshWords();
  words.push(lines.map((line) => `${line}\r\n`).join(""));
  return words;
}

/** The error itself, where it is one that may pass. */
function inside(error: Error): Error {
  return error instanceof PassingError ? error.error : error;
}

describe("SshWords", () => {
  it("knows how far ssh has come", async () => {
    const words = new SshWords();
    const phases = [
      "debug1: Connecting to app1 [10.0.0.1] port 22.",
      "debug1: Connection established.",
      "debug1: SSH2_MSG_NEWKEYS received",
    ].map((line) => {
      words.push(`${line}\n`);
      return words.phase;
    });
    expect(phases).toEqual(["tcp", "handshake", "auth"]);
    let isLoggedIn = false;
    words.loggedIn.then(() => {
      isLoggedIn = true;
    });
    words.push('Authenticated to app1 ([10.0.0.1]:22) using "publ');
    await Promise.resolve();
    expect(isLoggedIn).toBe(false);
    words.push('ickey".\n');
    await words.loggedIn;
    expect([isLoggedIn, words.isLoggedIn]).toEqual([true, true]);
  });

  it("remembers the host's key, the keys that were tried and what the server takes", () => {
    const words = hear(
      "debug1: Server host key: ssh-ed25519 SHA256:abc+/=",
      "debug1: Offering public key: /home/me/.ssh/id RSA SHA256:def explicit agent",
      "debug1: Authentications that can continue: publickey,gssapi-with-mic",
    );
    expect(words.hostKey).toBe("ED25519 SHA256:abc+/=");
    expect(words.tried).toEqual(["/home/me/.ssh/id RSA SHA256:def"]);
    expect(words.methods).toEqual(["publickey", "gssapi-with-mic"]);
    expect(words.said).toEqual([]);
  });

  it.each([
    ["ssh-ed25519", "ED25519"],
    ["ecdsa-sha2-nistp256", "ECDSA"],
    ["ssh-rsa", "RSA"],
    ["rsa-sha2-512", "RSA"],
    ["sk-ssh-ed25519@openssh.com", "ED25519-SK"],
    ["sk-ecdsa-sha2-nistp256@openssh.com", "ECDSA-SK"],
    ["ssh-ed25519-cert-v01@openssh.com", "ED25519-CERT"],
    ["rsa-sha2-512-cert-v01@openssh.com", "RSA-CERT"],
  ])("calls %s %s", (type, name) => {
    expect(hear(`debug1: Server host key: ${type} SHA256:x`).hostKey).toBe(`${name} SHA256:x`);
  });

  it("tells who has to touch a security key, and which host key was taken", () => {
    const told: string[] = [];
    const words = new SshWords({ onTouch: (key) => told.push(`touch ${key}`), onAccepted: (key) => told.push(`new ${key}`) });
    words.push("debug1: Server host key: ssh-ed25519 SHA256:abc\n");
    words.push("Warning: Permanently added 'app1' (ED25519) to the list of known hosts.\r\n");
    words.push("debug1: Server accepts key: /home/me/.ssh/id ED25519 SHA256:no explicit\n");
    words.push("debug1: Server accepts key: /home/me/.ssh/id_sk ED25519-SK SHA256:yes explicit authenticator\n");
    expect(told).toEqual(["new ED25519 SHA256:abc", "touch /home/me/.ssh/id_sk ED25519-SK SHA256:yes"]);
  });

  it("keeps the last words for people, made harmless, and no flood", () => {
    const words = hear("OpenSSH_9.9p1, OpenSSL 3", "", "Welcome \u001b[31mfriend", "debug1: quiet");
    expect(words.said).toEqual(["Welcome friend"]);
    words.push("x".repeat(1_000_000));
    words.push("y\n".repeat(10_000));
    words.push("the end");
    words.end();
    expect(words.said.length).toBeLessThanOrEqual(60);
    expect(words.said.at(-1)).toBe("the end");
  });

  it("takes whatever comes, in pieces of any size", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (pieces) => {
        const words = new SshWords();
        for (const piece of pieces) words.push(piece);
        words.end();
        expect(explainEnd(target(), words, "exit code 255")).toBeInstanceOf(Error);
      }),
    );
  });
});

describe("what ssh's words mean", () => {
  const code = (...lines: readonly string[]): unknown =>
    (inside(explainEnd(target(), hear(...lines), "exit code 255")) as { code?: unknown }).code;

  it.each([
    ["HOST_NOT_FOUND", "ssh: Could not resolve hostname app1: Name or service not known"],
    ["CONNECTION_REFUSED", "ssh: connect to host app1 port 22: Connection refused"],
    ["HOST_UNREACHABLE", "ssh: connect to host app1 port 22: No route to host"],
    ["CONNECT_TIMEOUT", "ssh: connect to host app1 port 22: Connection timed out"],
    ["HANDSHAKE_TIMEOUT", "Connection timed out during banner exchange"],
    ["NOT_SSH", "kex_exchange_identification: Connection closed by remote host"],
    ["NOT_SSH", "banner exchange: Connection to UNKNOWN port 65535: Broken pipe"],
    ["NAME_SERVER_SILENT", "ssh: Could not resolve hostname app1: Temporary failure in name resolution"],
    ["HOST_KEY_UNKNOWN", "No ED25519 host key is known for app1 and you have requested strict checking."],
    ["HOST_KEY_CHANGED", "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @"],
    ["HOST_KEY_REVOKED", "@       WARNING: REVOKED HOST KEY DETECTED!               @"],
    ["AUTH_FAILED", "me@app1: Permission denied (publickey,gssapi-with-mic)."],
    ["AUTH_FAILED", "Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures"],
    ["NO_COMMON_ALGORITHM", "Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-dss"],
    ["SSH_CONFIG", "/home/me/.ssh/config: line 3: Bad configuration option: frobnicate"],
    ["CONNECT_FAILED", "Something that nobody has foreseen"],
    ["CONNECT_FAILED"],
  ])("%s: %s", (expected, ...lines) => {
    expect(code(...lines)).toBe(expected);
  });

  it("quotes what it does not know, and says how ssh ended when ssh said nothing", () => {
    const quoted = explainEnd(target(), hear("first", "last words"), "exit code 255");
    expect(quoted.message).toContain("ssh says: first / last words");
    expect(explainEnd(target(), hear(), "SIGSEGV").message).toContain("(SIGSEGV)");
  });

  it("tells a dead link from other ends", () => {
    expect(explainLoss(hear("Timeout, server app1 not responding."), "exit code 255").message).toContain("keepalive");
    expect(explainLoss(hear("client_loop: send disconnect: Broken pipe"), "").message).toContain("Broken pipe");
    expect(explainLoss(hear(), "SIGKILL").message).toContain("SIGKILL");
  });

  it("names the ProxyCommand, or the jump host, that leads nowhere", () => {
    const closed = hear("kex_exchange_identification: Connection closed by remote host");
    const proxy = explainEnd(target({ proxycommand: "nc %h %p" }), closed, "") as Error & { code: string };
    expect(proxy.code).toBe("PROXY_COMMAND_FAILED");
    expect(proxy.message).toContain("nc %h %p");
    expect(inside(explainEnd(target({ proxyjump: "bastion" }), closed, ""))).toMatchObject({ code: "JUMP_FAILED" });
    const refused = hear(
      "me@inner: Permission denied (publickey).",
      "kex_exchange_identification: Connection closed by remote host",
    );
    expect(explainEnd(target({ proxyjump: "bastion,me@inner:2200" }), refused, "")).toMatchObject({
      code: "JUMP_FAILED",
      message: expect.stringContaining("One of the jump hosts bastion, me@inner:2200 for "),
      hint: "Try it by hand: ssh -J bastion -p 2200 me@inner",
    });
    const there = hear(
      "debug1: Remote protocol version 2.0, remote software version x",
      "me@app1: Permission denied (publickey).",
    );
    expect(there.ident).toBe("SSH-2.0-x");
    expect(explainEnd(target({ proxyjump: "bastion" }), there, "")).toMatchObject({
      code: "AUTH_FAILED",
      hint: expect.stringContaining("(ssh-copy-id -o 'ProxyJump=bastion' me@app1)"),
    });
  });
});
