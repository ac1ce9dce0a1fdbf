/** What ssh's configuration says about one host, whoever resolved it (ssh-config-source.ts), as values. */

export interface SshConfigQuery {
  readonly name: string;
  /** Set by the deployfile: wins over the configuration, and `Match user` sees it. */
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

/** Option names in lower case, each with its values in the order in which they were found. */
export type RawSshConfig = ReadonlyMap<string, readonly string[]>;

/** What `~` and the tokens of ssh_config stand for. */
export interface SshConfigScope {
  /** The name as it was asked for. */
  readonly name: string;
  /** Home directory on this machine. */
  readonly home: string;
  readonly localUser: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const DEFAULT_IDENTITIES = ["rsa", "ecdsa", "ecdsa_sk", "ed25519", "ed25519_sk"].map((type) => `~/.ssh/id_${type}`);
const DEFAULT_KNOWN_HOSTS = ["~/.ssh/known_hosts ~/.ssh/known_hosts2"];
const DEFAULT_GLOBAL_KNOWN_HOSTS = ["/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"];

/** Options of ssh_config(5) that this transport follows. Of what is undefined, nothing was said. */
export type SshConfig = ReturnType<typeof toSshConfig>;

/** Gives the options their types and defaults, and expands `~` and tokens in paths. */
export function toSshConfig(raw: RawSshConfig, scope: SshConfigScope) {
  const one = (key: string): string | undefined => findValue(raw, key);
  const hostName = (one("hostname") ?? scope.name).replaceAll("%h", scope.name).replaceAll("%%", "%");
  const path = createExpander(scope, { hostName, user: one("user") ?? scope.localUser, port: one("port") ?? "22" });
  const paths = (key: string, defaults: readonly string[]): readonly string[] =>
    (raw.get(key) ?? defaults).flatMap(splitWords).filter(isSet).map(path);
  const agent = one("identityagent");
  return Object.freeze({
    hostName,
    user: one("user"),
    port: toNumber(one("port")),
    hostKeyAlias: one("hostkeyalias"),
    identityFiles: (raw.get("identityfile") ?? DEFAULT_IDENTITIES).filter(isSet).map(path) as readonly string[],
    certificateFiles: (raw.get("certificatefile") ?? []).filter(isSet).map(path) as readonly string[],
    /** Library of a smart card or a token. */
    pkcs11Provider: optionalPath(one("pkcs11provider"), path),
    identitiesOnly: isYes(one("identitiesonly")),
    /** Path of a socket, `none`, or undefined for `$SSH_AUTH_SOCK`. */
    identityAgent: agent === undefined || agent === "SSH_AUTH_SOCK" ? undefined : agent === "none" ? agent : path(agent),
    userKnownHostsFiles: paths("userknownhostsfile", DEFAULT_KNOWN_HOSTS),
    globalKnownHostsFiles: paths("globalknownhostsfile", DEFAULT_GLOBAL_KNOWN_HOSTS),
    revokedHostKeys: optionalPath(one("revokedhostkeys"), path),
    strictHostKeyChecking: toStrictness(one("stricthostkeychecking")),
    hashKnownHosts: isYes(one("hashknownhosts")),
    /** `[user@]name[:port]`, nearest first. */
    proxyJump: toList(optionalPath(one("proxyjump"), String)) ?? [],
    proxyCommand: optionalPath(one("proxycommand"), String),
    preferredAuthentications: toList(one("preferredauthentications")?.toLowerCase()),
    pubkeyAuthentication: !isNo(one("pubkeyauthentication")),
    passwordAuthentication: !isNo(one("passwordauthentication")),
    kbdInteractiveAuthentication: !isNo(one("kbdinteractiveauthentication")),
    passwordPrompts: toNumber(one("numberofpasswordprompts")) ?? 3,
    batchMode: isYes(one("batchmode")),
    /** Milliseconds. */
    connectTimeout: toMilliseconds(one("connecttimeout")),
    /** 0: any. */
    addressFamily: toFamily(one("addressfamily")),
    bindAddress: one("bindaddress"),
    /** Milliseconds. */
    serverAliveInterval: toMilliseconds(one("serveraliveinterval")),
    serverAliveCountMax: toNumber(one("serveralivecountmax")) ?? 3,
    /** Algorithms that the user allows, in the user's order. */
    kexAlgorithms: toAlgorithms(one("kexalgorithms")),
    ciphers: toAlgorithms(one("ciphers")),
    macs: toAlgorithms(one("macs")),
    hostKeyAlgorithms: toAlgorithms(one("hostkeyalgorithms")),
  });
}

/** The first value counts, as everywhere in ssh_config. */
function findValue(raw: RawSshConfig, key: string): string | undefined {
  const value = raw.get(key)?.[0]?.trim();
  return value === "" ? undefined : value;
}

function createExpander(
  scope: SshConfigScope,
  at: { readonly hostName: string; readonly user: string; readonly port: string },
): (text: string) => string {
  const tokens: Readonly<Record<string, string>> = {
    "%": "%",
    d: scope.home,
    h: at.hostName,
    n: scope.name,
    p: at.port,
    r: at.user,
    u: scope.localUser,
  };
  return (text) => {
    const expanded = text
      .replace(/%([%dhnpru])/g, (_all, token: string) => tokens[token] ?? "")
      .replace(/\$\{(\w+)\}|^\$(\w+)$/g, (all, braced?: string, bare?: string) => scope.env[braced ?? bare ?? ""] ?? all);
    return expanded === "~" || expanded.startsWith("~/") ? scope.home + expanded.slice(1) : expanded;
  };
}

/** Words of a list of paths; quotes keep blanks. */
function splitWords(text: string): string[] {
  return Array.from(text.matchAll(/"([^"]*)"|(\S+)/g), (match) => match[1] ?? match[2] ?? "");
}

function optionalPath(value: string | undefined, expand: (text: string) => string): string | undefined {
  return value === undefined || !isSet(value) ? undefined : expand(value);
}

function isSet(value: string): boolean {
  return value !== "" && value.toLowerCase() !== "none";
}

function isYes(value: string | undefined): boolean {
  return value === "yes" || value === "true";
}

function isNo(value: string | undefined): boolean {
  return value === "no" || value === "false";
}

function toNumber(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}

/** Seconds, or ssh's `1m30s`; 0 and `none` are the same as not set. */
function toMilliseconds(value: string | undefined): number | undefined {
  if (value === undefined || !/^(\d+[smhdw]?)+$/i.test(value)) return undefined;
  const units: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  const parts = value.toLowerCase().matchAll(/(\d+)([smhdw]?)/g);
  const seconds = Array.from(parts, (part) => Number(part[1]) * (units[part[2] ?? ""] ?? 1)).reduce((sum, part) => sum + part, 0);
  return seconds === 0 ? undefined : seconds * 1000;
}

function toStrictness(value: string | undefined): "yes" | "accept-new" | "no" | "ask" {
  if (isYes(value)) return "yes";
  if (isNo(value) || value === "off") return "no";
  return value === "accept-new" ? "accept-new" : "ask";
}

function toFamily(value: string | undefined): 0 | 4 | 6 {
  return value === "inet" ? 4 : value === "inet6" ? 6 : 0;
}

function toList(value: string | undefined): readonly string[] | undefined {
  return value
    ?.split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** A list that starts with `+`, `-` or `^` changes a default that only ssh knows. */
function toAlgorithms(value: string | undefined): readonly string[] | undefined {
  return /^[+^-]/.test(value ?? "") ? undefined : toList(value);
}
