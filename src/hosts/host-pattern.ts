import { isIP } from "node:net";
import { type Problem, ProblemsError, UsageError } from "../errors.ts";
import { matchesGlob } from "../glob.ts";
import { didYouMean } from "../suggest.ts";
import type { Host } from "./host.ts";
import { expandRanges } from "./host-range.ts";
import { type Inventory, idWithPort } from "./inventory.ts";
import { keepProblems, parseHost } from "./parse-host.ts";

/** Narrows host patterns to the hosts that roles have selected. */
export interface Among {
  readonly among: readonly Host[];
  readonly roles: readonly string[];
}

/** True when it has wildcards: `*` for any characters, `?` for one. */
export function isPattern(text: string): boolean {
  return /[*?]/.test(text);
}

/** True when the pattern is the host's id or name, or matches one of them as a whole. */
export function matches(pattern: string, host: Host): boolean {
  if (!isPattern(pattern)) return pattern === host.id || pattern === host.name;
  const glob = Array.from(pattern);
  return matchesGlob(glob, Array.from(host.id)) || matchesGlob(glob, Array.from(host.name));
}

/** Ids of hosts for a message; the first few when they are many. */
export function addressed(hosts: readonly Host[]): string {
  const shown = hosts.slice(0, 8).map((host) => host.id);
  return hosts.length > shown.length ? `${shown.join(", ")} and ${hosts.length - shown.length} more` : shown.join(", ");
}

/**
 * The hosts that `-H` means, in its order. One that the deployfile does not know is used as it is written, unless it looks
 * like one that it knows; `user@` in front of one that it knows is the user for this run.
 * @throws UsageError and ProblemsError with all that mean nothing.
 */
export function resolveHosts(inventory: Inventory, patterns: readonly string[], among?: Among): readonly Host[] {
  return collect(patterns, hintFor(inventory), (pattern, wrong) =>
    among === undefined ? resolve(inventory, pattern, wrong) : narrow(inventory, pattern, among, wrong),
  );
}

/**
 * The hosts that a deployfile names beside those of a run: as after `-H`, but one that it does not know is used as it is written, whatever it
 * looks like.
 * @throws UsageError and ProblemsError with all that mean nothing.
 */
export function resolveFurther(inventory: Inventory, patterns: readonly string[]): readonly Host[] {
  return collect(patterns, hintFor(inventory), (pattern, wrong) => {
    const hosts = knownOrWrong(inventory, pattern, wrong);
    return hosts ?? [alone(parseHost(pattern))];
  });
}

/** All that patterns mean, each host once. */
function collect(
  patterns: readonly string[],
  hint: string,
  find: (pattern: string, wrong: string[]) => readonly Host[],
): readonly Host[] {
  const found = new Map<string, Host>();
  const wrong: string[] = [];
  const problems: Problem[] = [];
  for (const pattern of patterns.flatMap((one) => keepProblems(problems, () => expandRanges(one)) ?? []))
    for (const host of keepProblems(problems, () => find(pattern, wrong)) ?? []) found.set(host.id, found.get(host.id) ?? host);
  if (problems.length > 0) throw new ProblemsError("BAD_HOST", [...problems, ...wrong.map((message) => ({ message }))]);
  if (wrong.length > 0) throw new UsageError("UNKNOWN_HOST", wrong.join("\n"), { hint });
  return [...found.values()];
}

function narrow(inventory: Inventory, pattern: string, { among, roles }: Among, wrong: string[]): readonly Host[] {
  const kept = known(among, pattern);
  if (kept.length > 0) return kept;
  const outside = known(inventory.hosts, pattern);
  const label = roles.length === 1 ? "role" : "roles";
  if (outside.length > 0) wrong.push(`${addressed(outside)} is not in the ${label} ${roles.join(", ")}.`);
  else wrong.push(`No host of the ${label} ${roles.join(", ")} is called ${JSON.stringify(pattern)}.${meant(pattern, among)}`);
  return [];
}

function resolve(inventory: Inventory, pattern: string, wrong: string[]): readonly Host[] {
  const hosts = knownOrWrong(inventory, pattern, wrong);
  if (hosts !== undefined) return hosts;
  const host = parseHost(pattern);
  const near = isIP(host.address) === 0 ? meant(host.name, inventory.hosts) : "";
  if (near === "") return [alone(host)];
  wrong.push(`There is no host ${JSON.stringify(pattern)}.${near}`);
  return [];
}

/** Undefined: nothing that the deployfile knows is meant, and it may be a host all the same. */
function knownOrWrong(inventory: Inventory, pattern: string, wrong: string[]): readonly Host[] | undefined {
  const hosts = known(inventory.hosts, pattern);
  if (hosts.length > 0) return hosts;
  const isRole = inventory.roles.includes(pattern);
  if (!isRole && !isPattern(pattern)) return undefined;
  const shown = JSON.stringify(pattern);
  wrong.push(isPattern(pattern) ? `No host matches ${shown}.` : `${shown} is a role: select its hosts with -R ${pattern}.`);
  return [];
}

/** One that no deployfile describes. */
function alone(host: Host): Host {
  return Object.freeze({ ...host, id: idWithPort(host) });
}

/** Hosts that a pattern names, with the user and port that were written in front of and behind the name. */
function known(hosts: readonly Host[], pattern: string): readonly Host[] {
  const exact = hosts.filter((host) => matches(pattern, host));
  if (exact.length > 0 || isPattern(pattern) || !/[@:]/.test(pattern)) return exact;
  const written = parseHost(pattern);
  const isMeant = ({ name, port }: Host): boolean =>
    name === written.name && (written.port === undefined || port === undefined || port === written.port);
  return hosts
    .filter(isMeant)
    .map((host) => Object.freeze({ ...host, user: written.user ?? host.user, port: written.port ?? host.port }));
}

/** ` Did you mean "app1"?`, or nothing. */
export function meant(name: string, hosts: readonly Host[], roles: readonly string[] = []): string {
  const near = didYouMean(name, new Set([...hosts.map((host) => host.name), ...roles]));
  return near === undefined ? "" : ` ${near}`;
}

function hintFor(inventory: Inventory): string {
  const hosts = inventory.hosts.length === 0 ? "The deployfile has no hosts." : `Hosts: ${addressed(inventory.hosts)}.`;
  return inventory.roles.length === 0 ? hosts : `${hosts} Roles: ${inventory.roles.join(", ")}.`;
}
