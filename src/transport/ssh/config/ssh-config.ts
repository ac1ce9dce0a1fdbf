/** What ssh's configuration says about one host, whoever resolved it (ssh-config-source.ts), as values. */

/** Options of ssh_config(5) that this transport follows. */
export interface SshConfig {
  readonly hostName: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  readonly hostKeyAlias: string | undefined;
  readonly identityFiles: readonly string[];
  readonly certificateFiles: readonly string[];
  /** Library of a smart card or a token. */
  readonly pkcs11Provider: string | undefined;
  readonly identitiesOnly: boolean;
  /** Path of a socket, `none`, or undefined for `$SSH_AUTH_SOCK`. */
  readonly identityAgent: string | undefined;
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly revokedHostKeys: string | undefined;
  readonly strictHostKeyChecking: "yes" | "accept-new" | "no" | "ask";
  readonly hashKnownHosts: boolean;
  /** `[user@]name[:port]`, nearest first. */
  readonly proxyJump: readonly string[];
  readonly proxyCommand: string | undefined;
  /** Undefined when nothing was asked for. */
  readonly preferredAuthentications: readonly string[] | undefined;
  readonly pubkeyAuthentication: boolean;
  readonly passwordAuthentication: boolean;
  readonly kbdInteractiveAuthentication: boolean;
  readonly passwordPrompts: number;
  readonly batchMode: boolean;
  /** Milliseconds. */
  readonly connectTimeout: number | undefined;
  /** 0: any. */
  readonly addressFamily: 0 | 4 | 6;
  readonly bindAddress: string | undefined;
  /** Milliseconds; undefined when not set. */
  readonly serverAliveInterval: number | undefined;
  readonly serverAliveCountMax: number;
  /** Algorithms that the user allows, in the user's order; undefined when not known. */
  readonly kexAlgorithms: readonly string[] | undefined;
  readonly ciphers: readonly string[] | undefined;
  readonly macs: readonly string[] | undefined;
  readonly hostKeyAlgorithms: readonly string[] | undefined;
}

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

const DEFAULT_IDENTITIES = ["~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"];
const DEFAULT_KNOWN_HOSTS = ["~/.ssh/known_hosts ~/.ssh/known_hosts2"];
const DEFAULT_GLOBAL_KNOWN_HOSTS = ["/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"];

/** Gives the options their types and defaults, and expands `~` and tokens in paths. */
export function toSshConfig(raw: RawSshConfig, scope: SshConfigScope): SshConfig {
  const one = (key: string): string | undefined => findValue(raw, key);
  const hostName = (one("hostname") ?? scope.name).replaceAll("%h", scope.name).replaceAll("%%", "%");
  const path = createExpander(scope, { hostName, user: one("user") ?? scope.localUser, port: one("port") ?? "22" });
  const paths = (key: string, defaults: readonly string[]): string[] =>
    (raw.get(key) ?? defaults).flatMap(splitWords).filter(isSet).map(path);
  const agent = one("identityagent");
  return Object.freeze({
    hostName,
    user: one("user"),
    port: toNumber(one("port")),
    hostKeyAlias: one("hostkeyalias"),
    identityFiles: (raw.get("identityfile") ?? DEFAULT_IDENTITIES).filter(isSet).map(path),
    certificateFiles: (raw.get("certificatefile") ?? []).filter(isSet).map(path),
    pkcs11Provider: optionalPath(one("pkcs11provider"), path),
    identitiesOnly: isYes(one("identitiesonly")),
    identityAgent: agent === undefined || agent === "SSH_AUTH_SOCK" ? undefined : agent === "none" ? agent : path(agent),
    userKnownHostsFiles: paths("userknownhostsfile", DEFAULT_KNOWN_HOSTS),
    globalKnownHostsFiles: paths("globalknownhostsfile", DEFAULT_GLOBAL_KNOWN_HOSTS),
    revokedHostKeys: optionalPath(one("revokedhostkeys"), path),
    strictHostKeyChecking: toStrictness(one("stricthostkeychecking")),
    hashKnownHosts: isYes(one("hashknownhosts")),
    proxyJump: (optionalPath(one("proxyjump"), String) ?? "")
      .split(",")
      .map((hop) => hop.trim())
      .filter((hop) => hop !== ""),
    proxyCommand: optionalPath(one("proxycommand"), String),
    preferredAuthentications: one("preferredauthentications")
      ?.toLowerCase()
      .split(",")
      .map((method) => method.trim()),
    pubkeyAuthentication: !isNo(one("pubkeyauthentication")),
    passwordAuthentication: !isNo(one("passwordauthentication")),
    kbdInteractiveAuthentication: !isNo(one("kbdinteractiveauthentication")),
    passwordPrompts: toNumber(one("numberofpasswordprompts")) ?? 3,
    batchMode: isYes(one("batchmode")),
    connectTimeout: toMilliseconds(one("connecttimeout")),
    addressFamily: toFamily(one("addressfamily")),
    bindAddress: one("bindaddress"),
    serverAliveInterval: toMilliseconds(one("serveraliveinterval")),
    serverAliveCountMax: toNumber(one("serveralivecountmax")) ?? 3,
    kexAlgorithms: toList(one("kexalgorithms")),
    ciphers: toList(one("ciphers")),
    macs: toList(one("macs")),
    hostKeyAlgorithms: toList(one("hostkeyalgorithms")),
  } satisfies SshConfig);
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

function toStrictness(value: string | undefined): SshConfig["strictHostKeyChecking"] {
  if (isYes(value)) return "yes";
  if (isNo(value) || value === "off") return "no";
  return value === "accept-new" ? "accept-new" : "ask";
}

function toFamily(value: string | undefined): 0 | 4 | 6 {
  return value === "inet" ? 4 : value === "inet6" ? 6 : 0;
}

/** A list that starts with `+`, `-` or `^` changes a default that only ssh knows. */
function toList(value: string | undefined): readonly string[] | undefined {
  return value === undefined || /^[+^-]/.test(value) ? undefined : value.split(",");
}
