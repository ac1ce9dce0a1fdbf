import { isDeepStrictEqual } from "node:util";
import { formatLocation, type Problem, ProblemsError, type SourceLocation } from "../errors.ts";
import type { Host, HostInput } from "./host.ts";
import { expandHost } from "./host-range.ts";
import { keepProblems, parseHost } from "./parse-host.ts";

/** A host, or a range of them, as one role lists it, or with settings of its own (no role). */
export interface InventoryEntry {
  readonly role?: string | undefined;
  readonly input: HostInput;
  readonly where?: SourceLocation | undefined;
}

/** All hosts that a deployfile knows. */
export interface Inventory {
  /** In the order in which they were written down. */
  readonly hosts: readonly Host[];
  /** In declaration order, those without hosts included. */
  readonly roles: readonly string[];
}

/** A host being put together from the places that mention it. */
interface MergedHost {
  host: Host;
  readonly roles: Set<string>;
  readonly settings: Map<string, { readonly value: unknown; readonly where: SourceLocation | undefined }>;
}

/**
 * One host for each name and port, with all roles and settings that were written for it.
 * `roles`: those that exist, when some have no hosts.
 * @throws ProblemsError with every host that is no host, and every two places that disagree about one.
 */
export function createInventory(entries: readonly InventoryEntry[], roles: readonly string[] = []): Inventory {
  const problems: Problem[] = [];
  const merged = new Map<string, MergedHost>();
  // What has no role may leave the port out; by then the roles have said it.
  for (const entry of [...entries].sort((a, b) => Number(a.role === undefined) - Number(b.role === undefined))) {
    for (const input of keepProblems(problems, () => expandHost(entry.input, entry.where)) ?? [])
      keepProblems(problems, () => add(merged, parseHost(input, entry.where), entry, problems));
  }
  if (problems.length > 0) throw new ProblemsError("BAD_HOSTS", problems);
  const named = new Set([...roles, ...entries.flatMap((entry) => entry.role ?? [])]);
  const hosts = withIds([...merged.values()].map((draft) => finish(draft, [...named])));
  return Object.freeze({ hosts: Object.freeze(hosts), roles: Object.freeze([...named]) });
}

function add(merged: Map<string, MergedHost>, host: Host, entry: InventoryEntry, problems: Problem[]): void {
  const draft = findMerged(merged, host, entry) ?? { host, roles: new Set(), settings: new Map() };
  merged.set(keyOf(draft.host), draft);
  if (entry.role !== undefined) draft.roles.add(entry.role);
  draft.host = {
    ...draft.host,
    address: agree("address", draft.host, host, problems) ?? host.name,
    user: agree("user", draft.host, host, problems),
    transport: agree("transport", draft.host, host, problems),
  };
  for (const [key, value] of Object.entries(host.settings)) addSetting(draft, key, value, host, problems);
}

function findMerged(merged: Map<string, MergedHost>, host: Host, entry: InventoryEntry): MergedHost | undefined {
  const same = merged.get(keyOf(host));
  if (same !== undefined || entry.role !== undefined || host.port !== undefined) return same;
  const named = [...merged.values()].filter((draft) => draft.host.name === host.name);
  return named.length === 1 ? named[0] : undefined;
}

function agree(what: "address" | "user" | "transport", first: Host, second: Host, problems: Problem[]): string | undefined {
  // An address that is the name was not written.
  const [one, two] = [first, second].map((host) => (what === "address" && host.address === host.name ? undefined : host[what]));
  if (one !== undefined && two !== undefined && one !== two) {
    problems.push({
      message: `${first.name} has the ${what} ${one}${place(first.where)} and ${two}${place(second.where)}.`,
      subject: first.name,
      where: second.where,
      hint: `One host has one ${what}. If these are two hosts, give one of them another name: { host: "...", name: "..." }.`,
    });
  }
  return one ?? two;
}

function addSetting(draft: MergedHost, key: string, value: unknown, host: Host, problems: Problem[]): void {
  const known = draft.settings.get(key);
  if (known === undefined) {
    draft.settings.set(key, { value, where: host.where });
    return;
  }
  if (known.value === value || isSame(known.value, value)) return;
  problems.push({
    message: `${host.name} has its setting ${key} set twice, differently${place(known.where)}${place(host.where)}.`,
    subject: host.name,
    where: host.where,
    hint: "Set it in one place.",
  });
}

/** What does not let itself be compared, as a secret, is another value. */
function isSame(one: unknown, two: unknown): boolean {
  try {
    return isDeepStrictEqual(one, two);
  } catch {
    return false;
  }
}

function finish(draft: MergedHost, roles: readonly string[]): Host {
  return {
    ...draft.host,
    roles: Object.freeze(roles.filter((role) => draft.roles.has(role))),
    settings: Object.freeze(Object.fromEntries([...draft.settings].map(([key, { value }]) => [key, value]))),
  };
}

function withIds(hosts: readonly Host[]): readonly Host[] {
  const counts = new Map<string, number>();
  for (const host of hosts) counts.set(host.name, (counts.get(host.name) ?? 0) + 1);
  return hosts.map((host) => Object.freeze({ ...host, id: (counts.get(host.name) ?? 0) > 1 ? idWithPort(host) : host.name }));
}

/** The id of a host whose name alone does not tell it from another: `name:port`, `[::1]:port`. */
export function idWithPort(host: Host): string {
  if (host.port === undefined) return host.name;
  return host.name.includes(":") ? `[${host.name}]:${host.port}` : `${host.name}:${host.port}`;
}

function keyOf(host: Host): string {
  return JSON.stringify([host.name, host.port]);
}

function place(where: SourceLocation | undefined): string {
  return where === undefined ? "" : ` (${formatLocation(where)})`;
}
