/** Hosts as programs list them. */
import { isIPv6 } from "node:net";
import { type Problem, ProblemsError, UsageError } from "../errors.ts";
import { type Host, type HostInput, isSshTransport } from "../hosts/host.ts";
import { expandHost } from "../hosts/host-range.ts";
import { idWithPort } from "../hosts/inventory.ts";
import { keepProblems, parseHost } from "../hosts/parse-host.ts";

/**
 * One host or several, as they are written or as they were read.
 * @example
 * const hosts: HostsInput = ["web[1:20]", "deployer@db1:2222", { host: "cache1", address: "10.0.0.5" }];
 */
export type HostsInput = HostInput | Host | Iterable<HostInput | Host>;

/**
 * The hosts that are meant, in their order: ranges expanded, hosts that were read before as they are. One that is listed twice is there twice;
 * where two have one name, their ids have the port.
 * @throws ProblemsError with every host that is no host
 * @example
 * const hosts = toHosts(["web[1:20]", "deployer@db1:2222"]);
 */
export function toHosts(inputs: HostsInput): readonly Host[] {
  const problems: Problem[] = [];
  const hosts = listOf(inputs).flatMap((input) => {
    if (isHost(input)) return [input];
    const written = keepProblems(problems, () => expandHost(input)) ?? [];
    return written.flatMap((one) => keepProblems(problems, () => parseHost(one)) ?? []);
  });
  if (problems.length > 0) throw new ProblemsError("BAD_HOSTS", problems);
  return withIds(hosts);
}

/**
 * The same without those that are the same as one before.
 * @throws ProblemsError with every host that is no host
 * @example
 * const hosts = uniqueHosts(["web1", "web2", ...["web1", "db1"]]);
 */
export function uniqueHosts(inputs: HostsInput): readonly Host[] {
  const first = new Map<string, Host>();
  for (const host of toHosts(inputs)) if (!first.has(keyOf(host))) first.set(keyOf(host), host);
  return [...first.values()];
}

/**
 * True where both are reached as the same user at the same address and port. What is left to ssh_config is not looked up: `web1` and `web1:22`
 * are two.
 * @throws ProblemsError for what is no host
 * @example
 * const isDatabase = (host: HostInput): boolean => sameHost(host, "deployer@db1:2222");
 */
export function sameHost(one: HostInput | Host, other: HostInput | Host): boolean {
  const [first, second, ...more] = toHosts([one, other]);
  return first !== undefined && second !== undefined && more.length === 0 && keyOf(first) === keyOf(second);
}

/**
 * A text that is the same for hosts that are the same (`sameHost`), and for no others: for a `Map` of hosts.
 * @throws ProblemsError for what is no host, UsageError for a range of several
 * @example
 * const loads = new Map<string, number>([[hostKey("deployer@web1"), 0.5]]);
 */
export function hostKey(input: HostInput | Host): string {
  const [host, ...more] = toHosts([input]);
  if (host !== undefined && more.length === 0) return keyOf(host);
  throw new UsageError("ONE_HOST", `hostKey takes one host, and was given ${more.length + 1}.`, {
    hint: 'toHosts("web[1:20]").map((host) => hostKey(host)) has one for each.',
  });
}

/** A host that was read before: what is written has `host`. */
function isHost(input: HostInput | Host): input is Host {
  if (typeof input !== "object" || input === null || "host" in input) return false;
  return typeof input.id === "string" && typeof input.address === "string" && Array.isArray(input.roles);
}

function listOf(inputs: HostsInput): readonly (HostInput | Host)[] {
  // A text is iterable too: by its letters.
  if (typeof inputs === "string") return [inputs];
  return typeof inputs === "object" && inputs !== null && Symbol.iterator in inputs
    ? [...(inputs as Iterable<HostInput | Host>)]
    : [inputs];
}

/** Output has the id in front: where two have one name, the port tells them apart. */
function withIds(hosts: readonly Host[]): readonly Host[] {
  const ports = new Map<string, Set<number | undefined>>();
  for (const { name, port } of hosts) ports.set(name, (ports.get(name) ?? new Set()).add(port));
  return hosts.map((host) => {
    const isAlone = host.id !== host.name || (ports.get(host.name)?.size ?? 0) < 2;
    return isAlone || idWithPort(host) === host.id ? host : Object.freeze({ ...host, id: idWithPort(host) });
  });
}

function keyOf({ address, user, port, transport = "ssh" }: Host): string {
  return JSON.stringify([isSshTransport(transport) ? "ssh" : transport, canonical(address), user ?? "", port ?? 0]);
}

/** Names are the same in capitals, and an IPv6 address is written in more than one way. */
function canonical(address: string): string {
  return isIPv6(address) && !address.includes("%") ? new URL(`http://[${address}]`).hostname : address.toLowerCase();
}
