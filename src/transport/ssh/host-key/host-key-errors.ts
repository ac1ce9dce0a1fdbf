/** What is wrong with a host key, with the exact command that puts it right once a person has looked. */
import { quoteArgv } from "../../../command/quote.ts";
import type { ConnectError } from "../../../errors.ts";
import { shortenHome } from "../config/shorten-home.ts";
import { connectError, unsupportedError } from "../errors.ts";
import type { Target } from "../target.ts";
import { describeKey, fingerprint, keyTypeName } from "./fingerprint.ts";
import { findKeyType, formatKnownHost, type KnownHost } from "./known-hosts.ts";

/** `shown`: the key that the server showed, as `ED25519 SHA256:...`. */
export function revokedError(target: Target, shown: string): ConnectError {
  return connectError(
    target,
    "HOST_KEY_REVOKED",
    `The host key of ${target.address} is marked as revoked: ${shown}`,
    "Whoever holds this key may not be your host. Ask its owner before anything else.",
  );
}

export function revokedKeysUnreadableError(target: Target, said: string, cause?: unknown): ConnectError {
  const message = `RevokedHostKeys ${target.config.revokedHostKeys ?? ""} cannot be read, so no host key can be trusted.${said}`;
  return connectError(target, "REVOKED_KEYS_UNREADABLE", message, "Correct the path in your ssh config, or remove it.", cause);
}

/** Two connections of one run were shown different new keys under one name. */
export function twoKeysError(target: Target, key: Buffer, first: Buffer): ConnectError {
  return connectError(
    target,
    "HOST_KEY_CHANGED",
    `${target.address} shows two different new host keys in one run: ${describeKey(first)} and ${describeKey(key)}.`,
    "Behind a load balancer each machine has to be named by itself. Otherwise someone may be listening in.",
  );
}

export function changedError(target: Target, name: string, key: Buffer, known: readonly KnownHost[], home: string): ConnectError {
  const type = findKeyType(key);
  const listed = known.map(
    (entry) => `${keyTypeName(entry.type)} ${fingerprint(entry.key)} (${shortenHome(entry.file, home)}:${entry.line})`,
  );
  const sameType = known.some((entry) => entry.type === type);
  const what = sameType
    ? `The host key of ${target.address} has CHANGED.`
    : `${target.address} shows a host key of a type that is not known for it, and none of those that are.`;
  const file = known[0]?.file ?? "~/.ssh/known_hosts";
  return connectError(
    target,
    "HOST_KEY_CHANGED",
    `${what} It is ${describeKey(key)}; known: ${listed.join(", ")}.`,
    `Someone may be listening in, or the host was set up anew. Only when its owner confirms the new key, forget the old one: ssh-keygen -R ${quoteArgv([name])} -f ${quoteArgv([file])}`,
  );
}

export function authorityError(target: Target, { file, line }: KnownHost): ConnectError {
  return unsupportedError(
    target,
    `${file}:${line} trusts ${target.address} by a certificate authority (@cert-authority)`,
    `Add the host's own key beside it: ${keyscan(target, undefined)} >> ${target.config.userKnownHostsFiles[0] ?? "~/.ssh/known_hosts"}   `,
  );
}

export function unknownError(target: Target, name: string, key: Buffer, home: string): ConnectError {
  const type = findKeyType(key) ?? "unknown";
  const file = shortenHome(target.config.userKnownHostsFiles[0] ?? `${home}/.ssh/known_hosts`, home);
  // Behind a jump host, or under another name, ssh-keyscan would ask the wrong machine.
  const direct = target.via.length === 0 && target.config.hostKeyAlias === undefined;
  const add = direct ? keyscan(target, type) : `echo '${formatKnownHost(name, type, key, false)}'`;
  return connectError(
    target,
    "HOST_KEY_UNKNOWN",
    `The host key of ${target.address} is not known: ${describeKey(key)}`,
    `Compare the fingerprint with the host's own (there: ssh-keygen -lf /etc/ssh/ssh_host_${keyTypeName(type).toLowerCase()}_key.pub). ` +
      `When it is right: ${add} >> ${file}   or run again with --host-keys accept-new`,
  );
}

/** The command that prints the lines for known_hosts. */
export function keyscan(target: Target, type: string | undefined): string {
  const kind = type === undefined ? [] : ["-t", keyTypeName(type).toLowerCase()];
  const port = target.port === 22 ? [] : ["-p", target.port];
  return quoteArgv(["ssh-keyscan", ...kind, ...port, target.address]);
}
