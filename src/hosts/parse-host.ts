import { isIP, isIPv6 } from "node:net";
import { type Problem, ProblemsError, type SourceLocation } from "../errors.ts";
import { suggest } from "../suggest.ts";
import { type Host, type HostInput, type HostObject, isSshTransport } from "./host.ts";

/** Keys of a host's object form that say where it is; every other key is a setting of the host. */
const STRUCTURAL: ReadonlySet<string> = new Set(["host", "name", "address", "user", "port", "transport"]);
const TEXTS = ["name", "address", "user", "transport"] as const;
/** What ssh and other tools call them. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["hostname", "address"],
  ["username", "user"],
  ["addr", "address"],
]);

/** Options of ssh_config(5) that no setting is called like. What a host's object says by them would have no effect. */
const SSH_OPTIONS: ReadonlyMap<string, string> = new Map(
  [
    ...["AddKeysToAgent", "AddressFamily", "BindAddress", "BindInterface", "CASignatureAlgorithms", "CertificateFile", "Ciphers"],
    ...["ConnectionAttempts", "ControlMaster", "ControlPath", "ControlPersist", "GlobalKnownHostsFile", "HostKeyAlgorithms"],
    ...["HostKeyAlias", "IdentitiesOnly", "IdentityAgent", "IdentityFile", "KbdInteractiveAuthentication", "KexAlgorithms"],
    ...["KnownHostsCommand", "PasswordAuthentication", "PreferredAuthentications", "ProxyCommand", "ProxyJump"],
    ...["PubkeyAcceptedAlgorithms", "PubkeyAuthentication", "RekeyLimit", "ServerAliveCountMax", "ServerAliveInterval"],
    ...["StrictHostKeyChecking", "TCPKeepAlive", "UpdateHostKeys", "UserKnownHostsFile", "VerifyHostKeyDNS"],
  ].map((option) => [option.toLowerCase(), option]),
);

const HOW_TO_WRITE = 'Write it as "name", "user@name", "user@name:port" or "user@[::1]:port".';

const NO_ADDRESS: readonly (readonly [RegExp, string])[] = [
  [/[\s\p{Cc}\p{Cf}]/u, "contains blanks or control characters"],
  [/^-/, "starts with a dash"],
  [/:\/\//, "is a URL"],
];

/** What the short form says: `[user@]address[:port]`. */
type Address = Pick<Host, "address" | "user" | "port">;

/** True for a key of a host's object form that says where it is, and is no setting. */
export function isHostKey(key: string): boolean {
  return STRUCTURAL.has(key);
}

/** The option of ssh_config(5) that a key is called like, however it is written: `proxyJump`, `identity_file`. */
export function sshOption(key: string): string | undefined {
  return SSH_OPTIONS.get(key.replaceAll(/[_-]/g, "").toLowerCase());
}

/** Gives `false`: what was checked is wrong. */
type ReportProblem = (message: string, hint?: string) => false;

/**
 * A host as written in a deployfile or after `-H`. It has no roles yet.
 * @throws ProblemsError with everything that is wrong with it.
 */
export function parseHost(input: HostInput, where?: SourceLocation): Host {
  const problems: Problem[] = [];
  const subject = subjectOf(input);
  const report: ReportProblem = (message, hint = HOW_TO_WRITE) => {
    problems.push({ message, subject, where, hint });
    return false;
  };
  const host = typeof input === "string" ? fromText(input, report) : fromObject(input, report);
  if (problems.length > 0 || host === undefined) throw new ProblemsError("BAD_HOST", problems);
  return Object.freeze({ id: host.name, roles: Object.freeze([]), ...host, settings: Object.freeze(host.settings), where });
}

/** What `work` gives; undefined where hosts are wrong, which is kept with the other problems. */
export function keepProblems<T>(problems: Problem[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/**
 * The key of a host's object form that an unknown one was most likely meant to be: a letter or two differ, or another tool calls it so.
 * None that is there already, and none for what cannot say where a host is, as a list.
 */
export function meantKey(key: string, object: Readonly<Record<string, unknown>>): string | undefined {
  if (isHostKey(key) || !["string", "number", "function"].includes(typeof object[key])) return undefined;
  const lower = key.toLowerCase();
  const keyOf = (word: string): string =>
    word === "hostname" && object["host"] === undefined ? "host" : (SYNONYMS.get(word) ?? word);
  const words = [...STRUCTURAL, ...SYNONYMS.keys()];
  const isClose = (word: string): boolean =>
    Math.abs(word.length - key.length) <= word.length / 3 && object[keyOf(word)] === undefined;
  const near = words.find((word) => word === lower) ?? suggest(key, words.filter(isClose));
  return near && keyOf(near);
}

type Parsed = Omit<Host, "id" | "roles" | "where">;

function fromText(text: string, report: ReportProblem): Parsed | undefined {
  const parsed = parseAddress(text, report);
  return parsed && { ...parsed, name: parsed.address, transport: undefined, settings: {} };
}

function fromObject(input: unknown, report: ReportProblem): Parsed | undefined {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    report(`A host is ${describe(input)}.`, `${HOW_TO_WRITE} Or as an object: { host: "name", ... }.`);
    return undefined;
  }
  const object = input as Partial<HostObject>;
  if (typeof object.host !== "string") {
    const near = Object.keys(object).find((key) => meantKey(key, object) === "host");
    const instead = near === undefined ? "" : ` Did you mean "host" by ${JSON.stringify(near)}?`;
    report(`A host's "host" is ${describe(object.host)}.`, `An object for a host needs { host: "name" }.${instead}`);
    return undefined;
  }
  const parsed = parseAddress(object.host, report);
  const [name, address, user, transport] = TEXTS.map((key) => textOf(object, key, report));
  if (name !== undefined) checkLabel("name", name, report);
  if (address !== undefined) checkAddress(stripBrackets(address), report);
  if (user !== undefined) checkUser(user, report);
  if (object.port !== undefined) checkPort(object.port, report);
  if (parsed === undefined) return undefined;
  refuseTwice("user", parsed.user, user, report);
  refuseTwice("port", parsed.port, object.port, report);
  return {
    name: name ?? parsed.address,
    address: address === undefined ? parsed.address : stripBrackets(address),
    user: user ?? parsed.user,
    port: object.port ?? parsed.port,
    transport,
    settings: {
      ...Object.fromEntries(Object.entries(object).filter(([key]) => !isHostKey(key))),
      ...(isSshTransport(transport) ? { transport } : {}),
    },
  };
}

function parseAddress(text: string, report: ReportProblem): Address | undefined {
  const wrong = NO_ADDRESS.find(([pattern]) => pattern.test(text))?.[1];
  if (wrong !== undefined || text === "") {
    report(wrong === undefined ? "A host is an empty text." : `The host ${JSON.stringify(text)} ${wrong}.`);
    return undefined;
  }
  const at = text.lastIndexOf("@");
  const user = at === -1 ? undefined : text.slice(0, at);
  const rest = text.slice(at + 1);
  const [address, port] = splitPort(rest);
  const checks = [
    user === undefined || checkUser(user, report),
    checkAddress(address, report, rest.startsWith("[")),
    port === undefined || checkPort(/^\d{1,5}$/.test(port) ? Number(port) : port, report),
  ];
  return checks.includes(false) ? undefined : { address, user, port: port === undefined ? undefined : Number(port) };
}

function splitPort(text: string): [address: string, port: string | undefined] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  if (bracketed !== null) return [bracketed[1] ?? "", bracketed[2]];
  const colon = text.indexOf(":");
  if (colon === -1 || text.indexOf(":", colon + 1) !== -1) return [text, undefined];
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function checkAddress(address: string, report: ReportProblem, bracketed = false): boolean {
  const shown = JSON.stringify(address);
  if (bracketed || address.includes(":")) return isIPv6(address) || report(`${shown} is not an IPv6 address.`);
  const isNumeric = /^[\d.]+$/.test(address) && address.includes(".");
  if (!isNumeric) return checkLabel("host", address, report);
  return isIP(address) !== 0 || report(`${shown} is not an IPv4 address.`);
}

/** Names go into command lines, file names and output: letters, digits, dots, dashes and underscores are enough. */
function checkLabel(what: "host" | "name", label: string, report: ReportProblem): boolean {
  const isLabel = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}._-]*$/u.test(label) || isIPv6(label);
  const meant = what === "host" ? "host's name or address" : "name for a host";
  return isLabel || report(`${JSON.stringify(label)} is not a ${meant}.`);
}

function checkUser(user: string, report: ReportProblem): boolean {
  const isUser = /^[^\s\p{Cc}\p{Cf}'"`$;&<>|(){}/-][^\s\p{Cc}\p{Cf}'"`$;&<>|(){}/]*$/u.test(user) && !user.endsWith("\\");
  return isUser || report(user === "" ? "The user in front of @ is missing." : `${JSON.stringify(user)} is not a user name.`);
}

function checkPort(port: unknown, report: ReportProblem): boolean {
  const isPort = typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= 65_535;
  return isPort || report(`${JSON.stringify(port)} is not a port.`, "A port is a whole number from 1 to 65535.");
}

function refuseTwice(key: string, inside: unknown, beside: unknown, report: ReportProblem): void {
  if (inside === undefined || beside === undefined || inside === beside) return;
  report(`A host has the ${key} ${String(inside)} in "host" and ${String(beside)} beside it.`, `Say the ${key} once.`);
}

function textOf(object: Partial<HostObject>, key: string, report: ReportProblem): string | undefined {
  const value = object[key];
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  report(`A host's "${key}" is ${describe(value)}.`, `"${key}" is text.`);
  return undefined;
}

function stripBrackets(address: string): string {
  return /^\[(.*)\]$/s.exec(address)?.[1] ?? address;
}

function subjectOf(input: unknown): string | undefined {
  if (typeof input === "string") return input;
  const host = typeof input === "object" && input !== null && "host" in input ? input.host : undefined;
  return typeof host === "string" ? host : undefined;
}

function describe(value: unknown): string {
  if (value === "") return "an empty text";
  if (value === undefined) return "missing";
  return value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
