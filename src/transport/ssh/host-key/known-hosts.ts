/**
 * The text of known_hosts files, as sshd(8) describes it under SSH_KNOWN_HOSTS FILE FORMAT: markers, host patterns (plain, wildcard,
 * negated, hashed), key type, key.
 * Pure: reading and writing files is in known-hosts-store.ts.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { matchesPatternList } from "../../../glob.ts";
import { readStrings } from "../strings.ts";

export type KnownHostsMarker = "cert-authority" | "revoked";

/** One usable line of a known_hosts file. */
export interface KnownHost {
  readonly marker: KnownHostsMarker | undefined;
  /** Comma-separated patterns, or one hashed name. */
  readonly patterns: string;
  /** Key type as written, e.g. `ssh-ed25519`. */
  readonly type: string;
  /** The key in wire format. */
  readonly key: Buffer;
  readonly file: string;
  readonly line: number;
}

/** A line that says nothing usable. It is skipped. */
export interface BadLine {
  readonly line: number;
  readonly reason: string;
}

/** What the lines of all files say about one name. */
export interface HostEntries {
  readonly keys: readonly KnownHost[];
  readonly authorities: readonly KnownHost[];
  readonly revoked: readonly KnownHost[];
}

/** Reads the text of one file. Bad lines are reported, never fatal: one typo must not lock a user out of every host. */
export function parseKnownHosts(text: string, file: string): { readonly entries: KnownHost[]; readonly bad: BadLine[] } {
  const entries: KnownHost[] = [];
  const bad: BadLine[] = [];
  text.split(/\r?\n/).forEach((raw, index) => {
    const trimmed = raw.trim();
    if (trimmed === "" || trimmed.startsWith("#")) return;
    const parsed = parseLine(trimmed, file, index + 1);
    if ("reason" in parsed) bad.push(parsed);
    else entries.push(parsed);
  });
  return { entries, bad };
}

/** The lines of all files, to be asked about many names. */
export interface KnownHosts {
  /** What is said of `name` (as `knownHostsName` gives it), in the order of the files. */
  find(name: string): HostEntries;
}

/** A line of plain names is found by them. The others have to be tried: patterns, and hashes, each with its own salt. */
export function indexKnownHosts(entries: readonly KnownHost[]): KnownHosts {
  const byName = new Map<string, number[]>();
  const others: number[] = [];
  entries.forEach(({ patterns }, index) => {
    if (/[*?!|]/.test(patterns)) others.push(index);
    else for (const name of new Set(patterns.toLowerCase().split(","))) if (name !== "") addTo(byName, name, index);
  });
  return {
    find(name) {
      const tried = others.filter((index) => matchesPatterns((entries[index] as KnownHost).patterns, name));
      const places = [...(byName.get(name) ?? []), ...tried].sort((left, right) => left - right);
      const matching = places.map((index) => entries[index] as KnownHost);
      return {
        keys: matching.filter((entry) => entry.marker === undefined),
        authorities: matching.filter((entry) => entry.marker === "cert-authority"),
        revoked: matching.filter((entry) => entry.marker === "revoked"),
      };
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

function parseLine(text: string, file: string, line: number): KnownHost | BadLine {
  const words = text.split(/[ \t]+/);
  const marker = words[0]?.startsWith("@") === true ? words.shift()?.slice(1) : undefined;
  if (marker !== undefined && marker !== "cert-authority" && marker !== "revoked") {
    return { line, reason: `unknown marker @${marker}` };
  }
  const [patterns, type, encoded] = words;
  if (patterns === undefined || type === undefined || encoded === undefined) {
    return { line, reason: "it needs host names, a key type and a key" };
  }
  const key = Buffer.from(encoded, "base64");
  if (findKeyType(key) !== type) return { line, reason: `the key is not of type ${type}` };
  return Object.freeze({ marker, patterns, type, key, file, line });
}

function addTo(index: Map<string, number[]>, name: string, place: number): void {
  const places = index.get(name);
  if (places === undefined) index.set(name, [place]);
  else places.push(place);
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
