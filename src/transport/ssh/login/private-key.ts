/** What can be told of a key file without its passphrase. */
import { createPrivateKey } from "node:crypto";
import ssh2, { type ParsedKey } from "ssh2";
import { findKeyType } from "../host-key/known-hosts.ts";
import { readStrings } from "../strings.ts";

export type KeyFileFacts =
  | { readonly kind: "private"; readonly encrypted: boolean; readonly publicKey: ParsedKey | undefined }
  | { readonly kind: "public"; readonly publicKey: ParsedKey }
  /** `reason` continues "the key file X ..."; `instead` says what works. */
  | { readonly kind: "unusable"; readonly reason: string; readonly instead: string };

type Unusable = Extract<KeyFileFacts, { kind: "unusable" }>;

const OPENSSH_BEGIN = "-----BEGIN OPENSSH PRIVATE KEY-----";
const OPENSSH_MAGIC = "openssh-key-v1\0";
const NEW_KEY = "Make a new one with: ssh-keygen -t ed25519";

/** Looks at the text of a key file. `publicText` is the `.pub` file beside it, for formats that hide the public half. */
export function inspectKey(text: string, publicText: string | undefined): KeyFileFacts {
  const label = /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----/.exec(text)?.[1];
  if (label === "OPENSSH PRIVATE KEY") return inspectOpenSsh(text);
  const beside = publicText === undefined ? undefined : findKey(publicText);
  if (label === "ENCRYPTED PRIVATE KEY") return { kind: "private", encrypted: true, publicKey: beside };
  if (label !== undefined) return inspectPem(text, beside);
  if (/^PuTTY-User-Key-File-/.test(text)) return inspectPutty(text, beside);
  const publicKey = findKey(text);
  if (publicKey !== undefined) return { kind: "public", publicKey };
  return unsupportedType(publicType(text)) ?? unusable("is not a private key", NEW_KEY);
}

/** The private key, ready to sign, or undefined when the passphrase is wrong. */
export function unlockKey(text: string, passphrase: string | undefined): ParsedKey | undefined {
  try {
    const pem = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text) ? fromPkcs8(text, passphrase) : text;
    return findKey(pem, pem === text ? passphrase : undefined);
  } catch {
    return undefined;
  }
}

/** A key that ssh2 can parse, or undefined. It gives an array for the one key of OpenSSH's format. */
export function findKey(data: Buffer | string, passphrase?: string): ParsedKey | undefined {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(data, passphrase);
  if (parsed instanceof Error) return undefined;
  return Array.isArray(parsed) ? parsed[0] : parsed;
}

/** For key types that exist and that this transport cannot sign with. */
export function unsupportedType(type: string | undefined): Unusable | undefined {
  if (type === undefined) return undefined;
  if (type.includes("-cert-v0")) {
    return unusable("is a certificate", "Log in with the plain key: put its public half into authorized_keys.");
  }
  if (type.startsWith("sk-")) {
    return unusable("lives on a FIDO security key", "Log in with a key in a file or in an agent: ssh-keygen -t ed25519");
  }
  return /^(ssh-(rsa|ed25519|dss)|ecdsa-sha2-nistp(256|384|521))$/.test(type)
    ? undefined
    : unusable(`is of the type ${type}`, NEW_KEY);
}

/** OpenSSH's own format tells cipher and public half in the clear. */
function inspectOpenSsh(text: string): KeyFileFacts {
  const start = text.indexOf(OPENSSH_BEGIN) + OPENSSH_BEGIN.length;
  const body = text.slice(start, Math.max(start, text.indexOf("-----END", start)));
  const data = Buffer.from(body, "base64");
  const isOpenSsh = data.toString("latin1", 0, OPENSSH_MAGIC.length) === OPENSSH_MAGIC;
  // Cipher, key derivation and its options; the number of keys; the public key (PROTOCOL.key in OpenSSH's source).
  const head = isOpenSsh ? readStrings(data, OPENSSH_MAGIC.length, 3) : [];
  const [blob] = readStrings(data, OPENSSH_MAGIC.length + head.reduce((sum, { length }) => sum + 4 + length, 4), 1);
  const [cipher] = head;
  if (cipher === undefined || blob === undefined) return unusable("is damaged", "Restore it from a copy.");
  const unsupported = unsupportedType(findKeyType(blob));
  if (unsupported !== undefined) return unsupported;
  const name = cipher.toString("latin1");
  if (name.startsWith("chacha20")) {
    return unusable(`is encrypted with ${name}`, "Encrypt it anew, for example: ssh-keygen -p -Z aes256-ctr -f FILE");
  }
  return { kind: "private", encrypted: name !== "none", publicKey: findKey(blob) };
}

function inspectPem(text: string, beside: ParsedKey | undefined): KeyFileFacts {
  if (/^Proc-Type: 4,ENCRYPTED/m.test(text)) return { kind: "private", encrypted: true, publicKey: beside };
  const key = unlockKey(text, undefined);
  if (key !== undefined) return { kind: "private", encrypted: false, publicKey: key };
  return unusable("is in a format that this version cannot read", "Write it in OpenSSH's own format: ssh-keygen -p -f FILE");
}

function inspectPutty(text: string, beside: ParsedKey | undefined): KeyFileFacts {
  const encrypted = !/^Encryption: none/m.test(text);
  const key = encrypted ? beside : findKey(text);
  if (text.startsWith("PuTTY-User-Key-File-2:") && (encrypted || key !== undefined))
    return { kind: "private", encrypted, publicKey: key };
  return unusable("is in PuTTY's format", "Write it in OpenSSH's format: puttygen FILE -O private-openssh -o NEWFILE");
}

/** ssh2 reads the older containers only. There is none for Ed25519, which ends as unreadable. */
function fromPkcs8(text: string, passphrase: string | undefined): string {
  const key = createPrivateKey({ key: text, format: "pem", ...(passphrase === undefined ? {} : { passphrase }) });
  const type = key.asymmetricKeyType === "rsa" ? "pkcs1" : "sec1";
  return key.export({ format: "pem", type }).toString();
}

function publicType(text: string): string | undefined {
  return /^([a-z0-9@.-]+) AAAA/m.exec(text)?.[1];
}

function unusable(reason: string, instead: string): Unusable {
  return { kind: "unusable", reason, instead };
}
