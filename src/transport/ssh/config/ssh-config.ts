/** What ssh's configuration says about one host, whoever resolved it (ssh-config-source.ts), as values. */
import { splitWords } from "./config-lines.ts";
import { createExpander, type Expander, type SshConfigScope } from "./tokens.ts";

export interface SshConfigQuery {
  /** What to look up, and to connect to when the configuration names nothing else. */
  readonly name: string;
  /** Set by the deployfile: wins over the configuration, and `Match user` sees it. */
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

/** Option names in lower case, each with its values in the order in which they were found. */
export type RawSshConfig = ReadonlyMap<string, readonly string[]>;

/** What the values of an option mean. Where there may be but one, the first counts, as everywhere in ssh_config. */
type Reader<T> = (values: readonly string[], expand: Expander) => T;

const YES_NO = /^(?:yes|no|true|false)$/;
const NUMBER = /^\d{1,9}$/;
const TIME = /^(?:\d{1,9}|(?:\d{1,6}[smhdw])+)$/i;
const ANY = /./;
/** Not `+`, `-` and `^`, which change ssh's own list, and no patterns. */
const ALGORITHMS = /^[a-z0-9][\w@.,-]*$/i;
const JUMP = /[a-z0-9_][\w.-]*(?:@[a-z0-9][\w.-]*)?(?::\d{1,5})?/i;

const DEFAULT_IDENTITIES = ["rsa", "ecdsa", "ecdsa_sk", "ed25519", "ed25519_sk"].map((type) => `~/.ssh/id_${type}`);

/** Options of ssh_config(5) that this transport follows: values that are plain, which every ssh takes as we do, and what they mean. */
export const OPTIONS = {
  hostName: [/^(?:[^%]|%h)+$/, toText],
  user: [/^[^%$]+$/, toText],
  port: [/^[1-9]\d{0,3}$|^[1-5]\d{4}$/, toNumber],
  hostKeyAlias: [ANY, toText],
  identityFile: [ANY, pathsOr(DEFAULT_IDENTITIES)],
  certificateFile: [ANY, pathsOr([])],
  /** Library of a smart card or a token. */
  pkcs11Provider: [/^none$/, toPath],
  identitiesOnly: [YES_NO, isYes],
  identityAgent: [ANY, ([value = "SSH_AUTH_SOCK"], expand) => toPath([value], expand)],
  userKnownHostsFile: [ANY, pathsOr(["~/.ssh/known_hosts", "~/.ssh/known_hosts2"])],
  globalKnownHostsFile: [ANY, pathsOr(["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"], "home")],
  /** Program and arguments: what they print is in known_hosts, too. */
  knownHostsCommand: [ANY, ([value = "none"], expand) => (isSet(value) ? splitWords(value).map(expand.command) : undefined)],
  revokedHostKeys: [ANY, toPath],
  strictHostKeyChecking: [/^(?:yes|no|true|false|off|ask|accept-new)$/, toStrictness],
  hashKnownHosts: [YES_NO, isYes],
  /** Only known to an ssh that can do it: 8.7 and newer. */
  forkAfterAuthentication: [YES_NO, isYes],
  /** `[user@]name[:port]`, nearest first. */
  proxyJump: [
    new RegExp(`^(?:none|${JUMP.source}(?:,${JUMP.source})*)$`, "i"),
    ([value = "none"], expand) => (isSet(value) ? splitList(value).map(expand.jump) : []),
  ],
  proxyCommand: [/^none$/, ([value]) => (value !== undefined && isSet(value) ? value : undefined)],
  preferredAuthentications: [/^[\w,-]+$/, ([value]) => (value === undefined ? undefined : splitList(value.toLowerCase()))],
  pubkeyAuthentication: [YES_NO, isNotNo],
  passwordAuthentication: [YES_NO, isNotNo],
  kbdInteractiveAuthentication: [YES_NO, isNotNo],
  numberOfPasswordPrompts: [NUMBER, (values) => toNumber(values) ?? 3],
  // With `yes`, some systems' ssh has another ServerAliveInterval.
  batchMode: [/^(?:no|false)$/, isYes],
  /** Milliseconds. */
  connectTimeout: [TIME, toMilliseconds],
  /** 0: any. */
  addressFamily: [/^(?:any|inet6?)$/, ([value]) => (value === "inet" ? 4 : value === "inet6" ? 6 : 0)],
  bindAddress: [ANY, toText],
  /** Milliseconds. */
  serverAliveInterval: [TIME, toMilliseconds],
  serverAliveCountMax: [NUMBER, (values) => toNumber(values) ?? 3],
  /** Algorithms that the user allows, in the user's order. */
  kexAlgorithms: [ALGORITHMS, toAlgorithms],
  ciphers: [ALGORITHMS, toAlgorithms],
  macs: [ALGORITHMS, toAlgorithms],
  hostKeyAlgorithms: [ALGORITHMS, toAlgorithms],
} satisfies Readonly<Record<string, readonly [plain: RegExp, read: Reader<unknown>]>>;

/** Options with several words behind them, in lower case: each is a value. */
export const WORD_LISTS: ReadonlySet<string> = new Set(["userknownhostsfile", "globalknownhostsfile"]);

/** What the options come to. Of what is undefined, nothing was said. */
export type SshConfig = Readonly<{ [name in keyof typeof OPTIONS]: ReturnType<(typeof OPTIONS)[name][1]> }> & {
  /** The one to connect to. */
  readonly hostName: string;
  /** Where the agent listens. */
  readonly agentSocket: string | undefined;
};

/** Gives the options their types and defaults, and expands `~` and tokens in paths. */
export function toSshConfig(raw: RawSshConfig, scope: SshConfigScope): SshConfig {
  const find = (name: string): readonly string[] =>
    (raw.get(name.toLowerCase()) ?? []).map((value) => value.trim()).filter(Boolean);
  const [name = scope.name] = find("hostName");
  const hostName = name.replace(/%([%h])/g, (_all, token) => (token === "h" ? scope.name : "%"));
  const [[user = scope.localUser], [port = "22"], [hostKeyAlias]] = [find("user"), find("port"), find("hostKeyAlias")];
  const jump = splitList(find("proxyJump").find(isSet) ?? "").at(-1) ?? "";
  const expand = createExpander(scope, { hostName, user, port, hostKeyAlias, jump: jump.replace(/^.*@|:\d+$/g, "") });
  const values = Object.entries(OPTIONS).map(([option, [, read]]) => [option, read(find(option), expand)]);
  const config = Object.fromEntries(values) as SshConfig;
  const { identityAgent } = config;
  const agentSocket = identityAgent === "SSH_AUTH_SOCK" ? scope.env.SSH_AUTH_SOCK || undefined : identityAgent;
  return Object.freeze({ ...config, hostName, agentSocket });
}

function isSet(value: string): boolean {
  return value.toLowerCase() !== "none";
}

function toText([value]: readonly string[]): string | undefined {
  return value;
}

function toPath([value = "none"]: readonly string[], expand: Expander): string | undefined {
  return isSet(value) ? expand.path(value) : undefined;
}

function pathsOr(defaults: readonly string[], takes: "path" | "home" = "path"): Reader<readonly string[]> {
  return (values, expand) => (values.length === 0 ? defaults : values).filter(isSet).map(expand[takes]);
}

function isYes([value]: readonly string[]): boolean {
  return value === "yes" || value === "true";
}

function isNotNo([value]: readonly string[]): boolean {
  return value !== "no" && value !== "false";
}

function toNumber([value = ""]: readonly string[]): number | undefined {
  return /^\d+$/.test(value) ? Number(value) : undefined;
}

/** Seconds, or ssh's `1m30s`; 0 and `none` are the same as not set. */
function toMilliseconds([value = ""]: readonly string[]): number | undefined {
  if (!/^(\d+[smhdw]?)+$/i.test(value)) return undefined;
  const units: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  const parts = value.toLowerCase().matchAll(/(\d+)([smhdw]?)/g);
  const seconds = Array.from(parts, ([, count, unit = ""]) => Number(count) * (units[unit] ?? 1)).reduce(
    (sum, part) => sum + part,
    0,
  );
  return seconds === 0 ? undefined : seconds * 1000;
}

function toStrictness(values: readonly string[]): "yes" | "accept-new" | "no" | "ask" {
  const [value] = values;
  if (isYes(values)) return "yes";
  if (!isNotNo(values) || value === "off") return "no";
  return value === "accept-new" ? "accept-new" : "ask";
}

function splitList(value: string): readonly string[] {
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** A list that starts with `+`, `-` or `^` changes a default that only ssh knows. */
function toAlgorithms([value]: readonly string[]): readonly string[] | undefined {
  return value === undefined || /^[+^-]/.test(value) ? undefined : splitList(value);
}
