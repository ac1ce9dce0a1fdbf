import type { Algorithms, KexAlgorithm, ServerHostKeyAlgorithm } from "ssh2";
import { unsupportedError } from "../errors.ts";
import type { Target } from "../target.ts";
import { createRuntimeAlgorithms } from "./runtime-algorithms.ts";

/**
 * Our order. AES-GCM first: the fastest here. No group exchange but last: its primes cost more than a second of CPU on
 * each connect, with the event loop standing still.
 */
const KEX = [
  "curve25519-sha256",
  "curve25519-sha256@libssh.org",
  "ecdh-sha2-nistp256",
  "ecdh-sha2-nistp384",
  "ecdh-sha2-nistp521",
  "diffie-hellman-group14-sha256",
  "diffie-hellman-group16-sha512",
  "diffie-hellman-group18-sha512",
  "diffie-hellman-group-exchange-sha256",
];
const CIPHERS = [
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "aes128-ctr",
  "aes192-ctr",
  "aes256-ctr",
  "chacha20-poly1305@openssh.com",
];
const MACS = [
  "hmac-sha2-256-etm@openssh.com",
  "hmac-sha2-512-etm@openssh.com",
  "hmac-sha2-256",
  "hmac-sha2-512",
  "hmac-sha1-etm@openssh.com",
  "hmac-sha1",
];
const HOST_KEYS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

/** Outdated: only for those who name them in their ssh config. */
const ON_REQUEST = [
  "diffie-hellman-group14-sha1",
  "diffie-hellman-group1-sha1",
  "diffie-hellman-group-exchange-sha1",
  "aes256-cbc",
  "aes192-cbc",
  "aes128-cbc",
  "3des-cbc",
  "ssh-rsa",
  "ssh-dss",
];

const hasAlgorithm = createRuntimeAlgorithms();

/**
 * What to offer a server: of what this runtime has. The user's ssh config says what is allowed; `knownTypes` are the key types that known_hosts has
 * for the server, and come first: it may have keys of other types too, which would look unknown.
 * @throws ConnectError when nothing is left.
 */
export function chooseAlgorithms(
  target: Target,
  knownTypes: readonly string[],
  has = hasAlgorithm,
): Algorithms & { kex: KexAlgorithm[] } {
  const { config } = target;
  const choose = (option: string, ours: readonly string[], allowed: readonly string[] | undefined): string[] =>
    chooseFor(target, option, ours.filter(has), allowed, ON_REQUEST.filter(has));
  const hostKeys = choose("HostKeyAlgorithms", HOST_KEYS, config.hostKeyAlgorithms);
  const isKnown = (algorithm: string): boolean => knownTypes.includes(keyTypeOf(algorithm));
  return {
    kex: choose("KexAlgorithms", KEX, config.kexAlgorithms),
    cipher: choose("Ciphers", CIPHERS, config.ciphers),
    hmac: choose("MACs", MACS, config.macs),
    serverHostKey: [
      ...hostKeys.filter(isKnown),
      ...hostKeys.filter((algorithm) => !isKnown(algorithm)),
    ] as ServerHostKeyAlgorithm[],
    compress: ["none"],
  } as Algorithms & { kex: KexAlgorithm[] };
}

function chooseFor(
  target: Target,
  option: string,
  ours: readonly string[],
  allowed: readonly string[] | undefined,
  onRequest: readonly string[],
): string[] {
  if (allowed === undefined) return [...ours];
  const chosen = [...ours.filter((name) => allowed.includes(name)), ...allowed.filter((name) => onRequest.includes(name))];
  if (chosen.length > 0) return chosen;
  throw unsupportedError(
    target,
    `Your ssh config allows for ${target.address} only ${option} that ssh2 does not have: ${allowed.join(", ")}`,
    `Allow one of these too: ${ours.join(", ")}.`,
  );
}

/** RSA keys sign in several ways. */
function keyTypeOf(algorithm: string): string {
  return algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm;
}
