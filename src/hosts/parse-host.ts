import { isIP, isIPv6 } from "node:net";
import { type Problem, ProblemsError, type SourceLocation } from "../errors.ts";
import { type Host, type HostInput, type HostObject, isSshTransport } from "./host.ts";

/** Keys of a host's object form that say where it is; every other key is a setting of the host. */
const STRUCTURAL: ReadonlySet<string> = new Set(["host", "name", "address", "user", "port", "transport"]);

const HOW_TO_WRITE = 'Write it as "name", "user@name", "user@name:port" or "user@[::1]:port".';

/** What the short form says: `[user@]address[:port]`. */
interface Address {
  readonly address: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

/**
 * A host as written in a deployfile or after `-H`. It has no roles yet.
 * @throws ProblemsError with everything that is wrong with it.
 */
export function parseHost(input: HostInput, where?: SourceLocation): Host {
  const problems: Problem[] = [];
  const subject = subjectOf(input);
  const report = (message: string, hint = HOW_TO_WRITE): void => {
    problems.push({ message, subject, where, hint });
  };
  const host = typeof input === "string" ? fromText(input, where, report) : fromObject(input, where, report);
  if (problems.length > 0 || host === undefined) throw new ProblemsError("BAD_HOST", problems);
  return host;
}

type ReportProblem = (message: string, hint?: string) => void;

function fromText(text: string, where: SourceLocation | undefined, report: ReportProblem): Host | undefined {
  const parsed = parseAddress(text, report);
  return parsed === undefined
    ? undefined
    : freeze({ ...parsed, name: parsed.address, transport: undefined, settings: {}, where });
}

function fromObject(input: unknown, where: SourceLocation | undefined, report: ReportProblem): Host | undefined {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    report(`A host is ${describe(input)}.`, `${HOW_TO_WRITE} Or as an object: { host: "name", ... }.`);
    return undefined;
  }
  const object = input as Partial<HostObject>;
  if (typeof object.host !== "string") {
    report(`A host's "host" is ${describe(object.host)}.`, `An object for a host needs { host: "name" }.`);
    return undefined;
  }
  const parsed = parseAddress(object.host, report);
  const name = textOf(object, "name", report);
  const address = textOf(object, "address", report);
  const user = textOf(object, "user", report);
  const transport = textOf(object, "transport", report);
  if (name !== undefined) checkLabel("name", name, report);
  if (address !== undefined) checkAddress(stripBrackets(address), report);
  if (user !== undefined) checkUser(user, report);
  if (object.port !== undefined) checkPort(object.port, report);
  if (parsed === undefined) return undefined;
  refuseTwice("user", parsed.user, user, report);
  refuseTwice("port", parsed.port, object.port, report);
  return freeze({
    name: name ?? parsed.address,
    address: address === undefined ? parsed.address : stripBrackets(address),
    user: user ?? parsed.user,
    port: object.port ?? parsed.port,
    transport,
    settings: {
      ...Object.fromEntries(Object.entries(object).filter(([key]) => !STRUCTURAL.has(key))),
      ...(isSshTransport(transport) ? { transport } : {}),
    },
    where,
  });
}

function parseAddress(text: string, report: ReportProblem): Address | undefined {
  if (text === "") return fail(report, "A host is an empty text.");
  if (/[\s\p{Cc}\p{Cf}]/u.test(text))
    return fail(report, `The host ${JSON.stringify(text)} contains blanks or control characters.`);
  if (text.startsWith("-")) return fail(report, `The host ${JSON.stringify(text)} starts with a dash.`);
  if (text.includes("://")) return fail(report, `The host ${JSON.stringify(text)} is a URL.`);
  const at = text.lastIndexOf("@");
  const user = at === -1 ? undefined : text.slice(0, at);
  const rest = text.slice(at + 1);
  const [address, port] = splitPort(rest);
  const userIsGood = user === undefined || checkUser(user, report);
  const addressIsGood = checkAddress(address, report, rest.startsWith("["));
  const portIsGood = port === undefined || checkPort(/^\d{1,5}$/.test(port) ? Number(port) : port, report);
  if (!userIsGood || !addressIsGood || !portIsGood) return undefined;
  return { address, user, port: port === undefined ? undefined : Number(port) };
}

function splitPort(text: string): [address: string, port: string | undefined] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  if (bracketed !== null) return [bracketed[1] ?? "", bracketed[2]];
  const colon = text.indexOf(":");
  if (colon === -1 || text.indexOf(":", colon + 1) !== -1) return [text, undefined];
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function checkAddress(address: string, report: ReportProblem, bracketed = false): boolean {
  if (bracketed || address.includes(":")) {
    if (isIPv6(address)) return true;
    report(`${JSON.stringify(address)} is not an IPv6 address.`);
    return false;
  }
  if (/^[\d.]+$/.test(address) && address.includes(".") && isIP(address) === 0) {
    report(`${JSON.stringify(address)} is not an IPv4 address.`);
    return false;
  }
  return checkLabel("host", address, report);
}

/** Names go into command lines, file names and output: letters, digits, dots, dashes and underscores are enough. */
function checkLabel(what: string, label: string, report: ReportProblem): boolean {
  if (/^[\p{L}\p{N}_][\p{L}\p{M}\p{N}._-]*$/u.test(label) || isIPv6(label)) return true;
  report(`${JSON.stringify(label)} is not a ${what === "host" ? "host's name or address" : "name for a host"}.`);
  return false;
}

function checkUser(user: string, report: ReportProblem): boolean {
  if (/^[^\s\p{Cc}\p{Cf}'"`$;&<>|(){}/-][^\s\p{Cc}\p{Cf}'"`$;&<>|(){}/]*$/u.test(user) && !user.endsWith("\\")) return true;
  report(user === "" ? "The user in front of @ is missing." : `${JSON.stringify(user)} is not a user name.`);
  return false;
}

function checkPort(port: unknown, report: ReportProblem): boolean {
  if (typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= 65_535) return true;
  report(`${JSON.stringify(port)} is not a port.`, "A port is a whole number from 1 to 65535.");
  return false;
}

function refuseTwice(key: string, inside: unknown, beside: unknown, report: ReportProblem): void {
  if (inside === undefined || beside === undefined || inside === beside) return;
  report(`A host has the ${key} ${String(inside)} in "host" and ${String(beside)} beside it.`, `Say the ${key} once.`);
}

function textOf(
  object: Partial<HostObject>,
  key: "name" | "address" | "user" | "transport",
  report: ReportProblem,
): string | undefined {
  const value = object[key] as unknown;
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  report(`A host's "${key}" is ${describe(value)}.`, `"${key}" is text.`);
  return undefined;
}

function stripBrackets(address: string): string {
  return /^\[(.*)\]$/s.exec(address)?.[1] ?? address;
}

function fail(report: ReportProblem, message: string): undefined {
  report(message);
  return undefined;
}

function freeze(parts: Omit<Host, "id" | "roles">): Host {
  return Object.freeze({ id: parts.name, roles: Object.freeze([]), ...parts, settings: Object.freeze(parts.settings) });
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
