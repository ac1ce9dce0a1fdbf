/**
 * The text of known_hosts files, as sshd(8) describes it under SSH_KNOWN_HOSTS FILE FORMAT: markers, host patterns (plain, wildcard,
 * negated, hashed), key type, key.
 * Pure: reading and writing files is in known-hosts-store.ts.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { matchesPatternList } from "../../../glob.ts";
import { readStrings } from "../strings.ts";

/** One usable line of a known_hosts file. */
export interface KnownHost {
  readonly marker: "cert-authority" | "revoked" | undefined;
  /** Comma-separated patterns, or one hashed name. */
  readonly patterns: string;
  /** Key type as written, e.g. `ssh-ed25519`. */
  readonly type: string;
  /** The key in wire format. */
  readonly key: Buffer;
  readonly file: string;
  readonly line: number;
}

/** Reads the text of one file. Bad lines are reported, never fatal: one typo must not lock a user out of every host. */
export function parseKnownHosts(text: string, file: string) {
  const entries: KnownHost[] = [];
  /** Lines that say nothing usable. They are skipped. */
  const bad: { readonly line: number; readonly reason: string }[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const trimmed = raw.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const line = index + 1;
    const parsed = parseLine(trimmed);
    if (typeof parsed === "string") bad.push({ line, reason: parsed });
    else entries.push(Object.freeze({ ...parsed, file, line }));
  }
  return { entries, bad };
}

/** A line of plain names is found by them. The others have to be tried: patterns, and hashes, each with its own salt. */
export function indexKnownHosts(entries: readonly KnownHost[]) {
  const byName = new Map<string, Set<KnownHost>>();
  const others: KnownHost[] = [];
  for (const entry of entries) {
    const { patterns } = entry;
    const names = /[*?!|]/.test(patterns) ? [] : patterns.toLowerCase().split(",").filter(Boolean);
    for (const name of names) byName.set(name, (byName.get(name) ?? new Set()).add(entry));
    if (names.length === 0) others.push(entry);
  }
  const places = new Map(entries.map((entry, place) => [entry, place]));
  const placeOf = (entry: KnownHost): number => places.get(entry) ?? 0;
  return {
    /** What the lines of all files say of `name` (as `knownHostsName` gives it), in their order. */
    find(name: string) {
      const tried = others.filter(({ patterns }) => matchesPatterns(patterns, name));
      const matching = [...(byName.get(name) ?? []), ...tried].sort((left, right) => placeOf(left) - placeOf(right));
      const marked = (marker: KnownHost["marker"]): readonly KnownHost[] => matching.filter((entry) => entry.marker === marker);
      return { keys: marked(undefined), authorities: marked("cert-authority"), revoked: marked("revoked") };
    },
  };
}

/** How known_hosts names a host: bare on port 22, `[host]:port` on any other. */
export function knownHostsName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** `name` as `HashKnownHosts yes` writes it: `|1|salt|hash`. */
export function hashHostName(name: string, salt: Buffer = randomBytes(20)): string {
  return `|1|${salt.toString("base64")}|${hmac(salt, name).toString("base64")}`;
}

/** The line that makes a key known. */
export function formatKnownHost(name: string, type: string, key: Buffer, hashed: boolean): string {
  return `${hashed ? hashHostName(name) : name} ${type} ${key.toString("base64")}`;
}

/** The type that a key in wire format names itself, or undefined when it is none. */
export function findKeyType(key: Buffer): string | undefined {
  const [type] = readStrings(key, 0, 1);
  return type === undefined || type.length === 0 || type.length > 64 ? undefined : type.toString("latin1");
}

/** A text: why the line says nothing usable. */
function parseLine(text: string): Omit<KnownHost, "file" | "line"> | string {
  const words = text.split(/[ \t]+/);
  const marker = words[0]?.startsWith("@") === true ? words.shift()?.slice(1) : undefined;
  if (marker !== undefined && marker !== "cert-authority" && marker !== "revoked") return `unknown marker @${marker}`;
  const [patterns, type, encoded] = words;
  if (patterns === undefined || type === undefined || encoded === undefined) return "it needs host names, a key type and a key";
  const key = Buffer.from(encoded, "base64");
  return findKeyType(key) === type ? { marker, patterns, type, key } : `the key is not of type ${type}`;
}

function matchesPatterns(patterns: string, name: string): boolean {
  if (patterns.startsWith("|")) return matchesHash(patterns, name);
  return matchesPatternList(patterns.toLowerCase().split(","), name);
}

function matchesHash(hashed: string, name: string): boolean {
  const [, version, salt, hash] = hashed.split("|");
  if (version !== "1" || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, "base64");
  const actual = hmac(Buffer.from(salt, "base64"), name);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function hmac(salt: Buffer, name: string): Buffer {
  return createHmac("sha1", salt).update(name).digest();
}
