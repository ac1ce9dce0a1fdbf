/** What is wrong with a host key, with the exact command that puts it right once a person has looked. */
import { quoteArgv } from "../../../command/quote.ts";
import { ConnectError } from "../../../errors.ts";
import { shortenHome } from "../config/shorten-home.ts";
import { unsupportedError } from "../errors.ts";
import type { Target } from "../target.ts";
import { describeKey, fingerprint, keyTypeName } from "./fingerprint.ts";
import { findKeyType, formatKnownHost, type KnownHost } from "./known-hosts.ts";

/** Two connections of one run were shown different new keys under one name. */
export function twoKeysError(target: Target, key: Buffer, first: Buffer): ConnectError {
  const message = `${target.address} shows two different new host keys in one run: ${describeKey(first)} and ${describeKey(key)}.`;
  return new ConnectError("HOST_KEY_CHANGED", target.host, message, {
    hint: "Behind a load balancer each machine has to be named by itself. Otherwise someone may be listening in.",
  });
}

export function changedKeyError(
  target: Target,
  name: string,
  key: Buffer,
  known: readonly KnownHost[],
  home: string,
): ConnectError {
  const type = findKeyType(key);
  const listed = known.map(
    (entry) => `${keyTypeName(entry.type)} ${fingerprint(entry.key)} (${shortenHome(entry.file, home)}:${entry.line})`,
  );
  const what = known.some((entry) => entry.type === type)
    ? `The host key of ${target.address} has CHANGED.`
    : `${target.address} shows a host key of a type that is not known for it, and none of those that are.`;
  const message = `${what} It is ${describeKey(key)}; known: ${listed.join(", ")}.`;
  const file = known.map((entry) => entry.file).find((path) => path.startsWith("/"));
  if (file !== undefined) return changedError(target, message, name, file);
  return new ConnectError("HOST_KEY_CHANGED", target.host, message, {
    hint: "Someone may be listening in, or the host was set up anew. Only when its owner confirms the new key, correct it where the KnownHostsCommand has it from.",
  });
}

/** `file`: where another key stands under that name. */
export function changedError(target: Target, message: string, name: string, file = firstKnownHosts(target)): ConnectError {
  const forget = quoteArgv(["ssh-keygen", "-R", name, "-f", file]);
  return new ConnectError("HOST_KEY_CHANGED", target.host, message, {
    hint: `Someone may be listening in, or the host was set up anew. Only when its owner confirms the new key, forget the old one: ${forget}`,
  });
}

export function authorityError(target: Target, { file, line }: KnownHost): ConnectError {
  return unsupportedError(
    target,
    `${file}:${line} trusts ${target.address} by a certificate authority (@cert-authority)`,
    `Add the host's own key beside it: ${keepIn(target, keyscan(target)) ?? keyscan(target)}   `,
  );
}

export function unknownKeyError(target: Target, name: string, key: Buffer, home: string): ConnectError {
  const type = findKeyType(key) ?? "unknown";
  const kind = keyTypeName(type).toLowerCase();
  // Behind a jump host, or under another name, ssh-keyscan would ask the wrong machine.
  const isDirect = target.via.length === 0 && target.config.hostKeyAlias === undefined;
  const add = isDirect ? keyscan(target, kind) : `echo '${formatKnownHost(name, type, key, false)}'`;
  return unknownError(target, describeKey(key), keepIn(target, add, home), kind);
}

/**
 * @param shown the key, as `ED25519 SHA256:...`
 * @param remedy the command for when it is right
 */
export function unknownError(target: Target, shown: string, remedy: string | undefined, kind = "ed25519"): ConnectError {
  const look = `Compare the fingerprint with the host's own (there: ssh-keygen -lf /etc/ssh/ssh_host_${kind}_key.pub).`;
  return new ConnectError("HOST_KEY_UNKNOWN", target.host, `The host key of ${target.address} is not known: ${shown}`, {
    hint: `${look} When it is right: ${remedy === undefined ? "" : `${remedy}   or `}run again with --host-keys accept-new`,
  });
}

/** The command that prints the lines for known_hosts. */
export function keyscan(target: Target, kind?: string): string {
  const port = target.port === 22 ? [] : ["-p", target.port];
  return quoteArgv(["ssh-keyscan", ...(kind === undefined ? [] : ["-t", kind]), ...port, target.address]);
}

/** The command that appends what another one prints to where ssh looks for keys; undefined where nothing is kept. */
export function keepIn(target: Target, command: string, home = ""): string | undefined {
  const path = firstKnownHosts(target);
  if (path === "/dev/null") return undefined;
  const [, short] = /^~\/(.+)$/s.exec(home === "" ? path : shortenHome(path, home)) ?? [];
  return `${command} >> ${short === undefined ? quoteArgv([path]) : `~/${quoteArgv([short])}`}`;
}

/** Where ssh itself would write a new key. */
function firstKnownHosts({ config }: Target): string {
  return config.userKnownHostsFile[0] ?? "~/.ssh/known_hosts";
}
