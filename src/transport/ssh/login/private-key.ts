/** What can be told of a key file without its passphrase. */
import { createPrivateKey, type KeyObject } from "node:crypto";
import ssh2, { type ParsedKey } from "ssh2";
import { toError } from "../../../errors.ts";
import { findKeyType } from "../host-key/known-hosts.ts";
import { readStrings, writeStrings } from "../strings.ts";

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
export function inspectKey(file: string, publicText: string | undefined): KeyFileFacts {
  const text = findPrivate(file);
  const label = /^-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----/.exec(text)?.[1];
  if (label === "OPENSSH PRIVATE KEY") return inspectOpenSsh(text);
  const beside = publicText === undefined ? undefined : findPublic(publicText);
  if (label === "ENCRYPTED PRIVATE KEY") return { kind: "private", encrypted: true, publicKey: beside };
  if (label !== undefined) return inspectPem(text, beside);
  if (/^PuTTY-User-Key-File-/.test(text)) return inspectPutty(text, beside);
  const publicKey = findPublic(text);
  if (publicKey !== undefined) return { kind: "public", publicKey };
  return unsupportedType(publicType(text)) ?? unusable("is not a private key", NEW_KEY);
}

/**
 * The private key, ready to sign, or undefined when the passphrase is wrong.
 * @throws Error for a key that no passphrase makes usable; its message continues "the key file X ..."
 */
export function unlockKey(file: string, passphrase: string | undefined): ParsedKey | undefined {
  const text = findPrivate(file);
  if (text.startsWith(OPENSSH_BEGIN) || text.startsWith("PuTTY-")) return findKey(text, passphrase);
  const key = openPem(text, passphrase);
  return key === undefined ? undefined : toParsedKey(key);
}

/** The key of a file, without what stands before and behind it: ssh takes the first, too. */
function findPrivate(file: string): string {
  return /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----[^-]*(?:-(?!----)[^-]*)*-----END \1-----/.exec(file)?.[0] ?? file.trimStart();
}

/** The first line that is one, or what other formats have on several. */
export function findPublic(text: string): ParsedKey | undefined {
  for (const line of text.split(/\r?\n/)) {
    const key = /^[\w@.-]+ +AAAA/.test(line.trim()) ? findKey(line.trim()) : undefined;
    if (key !== undefined) return key;
  }
  return findKey(text);
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
  try {
    const key = unlockKey(text, undefined);
    if (key !== undefined) return { kind: "private", encrypted: false, publicKey: key };
  } catch (error) {
    return unusable(toError(error).message, NEW_KEY);
  }
  const instead = "Does ssh-keygen -y -f FILE read it? Then write it in OpenSSH's own format: ssh-keygen -p -f FILE";
  return unusable("is damaged, or in a format that this version cannot read", instead);
}

function inspectPutty(text: string, beside: ParsedKey | undefined): KeyFileFacts {
  const encrypted = !/^Encryption: none/m.test(text);
  const key = encrypted ? beside : findKey(text);
  // What ssh2 reads.
  if (/^PuTTY-User-Key-File-2: ssh-(?:rsa|dss)\r?\n/.test(text) && (encrypted || key !== undefined))
    return { kind: "private", encrypted, publicKey: key };
  const command = "puttygen FILE -O private-openssh -o FILE.openssh";
  return unusable("is in PuTTY's format", `Write it in OpenSSH's format, and name that file with IdentityFile: ${command}`);
}

/** Undefined when the passphrase is wrong, or the text is no key. @throws Error */
function openPem(text: string, passphrase = ""): KeyObject | undefined {
  try {
    return createPrivateKey({ key: text, format: "pem", passphrase });
  } catch (error) {
    // Not that of a decoder, which is what the wrong passphrase may look like.
    if ((error as NodeJS.ErrnoException).code !== "ERR_OSSL_EVP_UNSUPPORTED") return undefined;
    throw new Error("is encrypted with a cipher that this Node does not have");
  }
}

/** ssh2 reads the older containers only. There is none for Ed25519, which becomes a key of OpenSSH's. @throws Error */
function toParsedKey(key: KeyObject): ParsedKey {
  const { asymmetricKeyType: type = "unknown" } = key;
  const older = type === "rsa" ? "pkcs1" : type === "ec" ? "sec1" : undefined;
  const text = older === undefined ? undefined : key.export({ format: "pem", type: older }).toString();
  const parsed = findKey(text ?? (type === "ed25519" ? writeEd25519(key) : ""));
  if (parsed === undefined) throw new Error(`is of the type ${type}, which this version cannot log in with`);
  return parsed;
}

/** PROTOCOL.key in OpenSSH's source. */
function writeEd25519(key: KeyObject): string {
  const { x = "", d = "" } = key.export({ format: "jwk" });
  const [open, secret] = [Buffer.from(x, "base64url"), Buffer.from(d, "base64url")];
  const blob = writeStrings("ssh-ed25519", open);
  const halves = Buffer.concat([Buffer.alloc(8), blob, writeStrings(Buffer.concat([secret, open]), "")]);
  const padded = Buffer.concat([halves, Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, -halves.length & 7)]);
  const one = Buffer.from([0, 0, 0, 1]);
  const parts = [Buffer.from(OPENSSH_MAGIC), writeStrings("none", "none", ""), one, writeStrings(blob, padded)];
  return `${OPENSSH_BEGIN}\n${Buffer.concat(parts).toString("base64")}\n-----END OPENSSH PRIVATE KEY-----`;
}

function publicType(text: string): string | undefined {
  return /^([a-z0-9@.-]+) AAAA/m.exec(text)?.[1];
}

function unusable(reason: string, instead: string): Unusable {
  return { kind: "unusable", reason, instead };
}
