import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createSshKeyPair } from "../../src/demo/ssh-key-pair.ts";

export interface KeyPair {
  readonly path: string;
  /** The line of the `.pub` file. */
  readonly publicKey: string;
}

export interface KeyOptions {
  readonly type?: string;
  readonly passphrase?: string;
  /** More arguments of ssh-keygen. */
  readonly args?: readonly string[];
}

/** A key pair of ssh-keygen's making at `path` and `path.pub`. */
export function makeKey(path: string, options: KeyOptions = {}): KeyPair {
  const { type = "ed25519", passphrase = "", args = [] } = options;
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "test key", "-f", path, ...args]);
  return { path, publicKey: readFileSync(`${path}.pub`, "utf8").trim() };
}

/** A key pair at `path` and `path.pub`, where there may be no ssh-keygen. */
export function writeKey(path: string): KeyPair {
  const { privateKey, publicKey } = createSshKeyPair();
  writeFileSync(path, privateKey, { mode: 0o600 });
  writeFileSync(`${path}.pub`, `${publicKey}\n`);
  return { path, publicKey };
}

/** `SHA256:...` as ssh-keygen itself prints it. */
export function fingerprintBySshKeygen(path: string): string {
  return execFileSync("ssh-keygen", ["-lf", path], { encoding: "utf8" }).split(" ")[1] ?? "";
}
