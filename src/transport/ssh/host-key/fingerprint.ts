import { createHash } from "node:crypto";
import { findKeyType } from "./known-hosts.ts";

/** `SHA256:...` as `ssh-keygen -lf` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The name people know a key type by: `ED25519`, `ECDSA`, `RSA`. */
export function keyTypeName(type: string): string {
  if (type.startsWith("ssh-ed25519")) return "ED25519";
  if (type.startsWith("ecdsa-")) return "ECDSA";
  if (type.startsWith("ssh-rsa") || type.startsWith("rsa-")) return "RSA";
  if (type.startsWith("ssh-dss")) return "DSA";
  return type;
}

/** Type and fingerprint of a key for messages: `ED25519 SHA256:...`. */
export function describeKey(key: Buffer): string {
  return `${keyTypeName(findKeyType(key) ?? "unknown")} ${fingerprint(key)}`;
}
