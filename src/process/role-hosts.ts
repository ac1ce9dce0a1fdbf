import { UsageError } from "../errors.ts";
import { hostsWithRoles, oneWithRoles, type RoleChoice } from "../hosts/by-role.ts";
import type { Host, HostInput } from "../hosts/host.ts";
import { createInventory } from "../hosts/inventory.ts";
import { sameHost, toHosts } from "./hosts.ts";

/**
 * The hosts of each role, as they are written.
 * @example
 * const definition: RolesDefinition = { www: ["web[1:20]", "deployer@web21"], cache: "cache1" };
 */
export type RolesDefinition = Readonly<Record<string, HostInput | Iterable<HostInput>>>;

/**
 * Hosts by their roles, wherever hosts are taken: in the order in which they were written, each of them once, with all of its roles. Filters give a new one.
 * @example
 * const all: RoleHosts = hosts({ www: ["web1", "web2"], db: "db1" });
 * await launcher.remote(all.filter("www"), ["ping", "-c", "1", all.one("db").address]).run();
 */
export interface RoleHosts extends Iterable<Host> {
  /** How many hosts it has. */
  readonly size: number;
  /** Names of all roles, also where no host is left that has one. */
  readonly roles: readonly string[];
  /** The hosts that have any of these roles; `"*"` for all. May have none. @throws UsageError for a role that there is not */
  filter(...roles: readonly string[]): RoleHosts;
  /** The only host, of those with any of these roles where some are given. @throws UsageError naming those that there are, unless it is one */
  one(...roles: readonly string[]): Host;
  /** These hosts too, behind the others, each of them once. @throws ProblemsError for what is no host */
  with(...hosts: readonly (HostInput | Host)[]): RoleHosts;
}

/**
 * Hosts by their roles. Where a host has several, they are all its own.
 * @throws ProblemsError with every host that is no host, and every two places that disagree about one
 * @example
 * const servers = hosts({ www: ["web1", "web2"], db: { host: "db1", port: 2222 } });
 * await launcher.remote(servers, "uptime").run();
 */
export function hosts(definition: RolesDefinition): RoleHosts {
  if (typeof definition !== "object" || definition === null || Symbol.iterator in definition)
    throw new UsageError("BAD_ROLES", "hosts takes the hosts of each role.", {
      hint: 'Write hosts({ www: ["web1", "web2"], db: "db1" }); a list without roles is toHosts(["web1", "web2"]).',
    });
  const entries = Object.entries(definition).flatMap(([role, inputs]) => listOf(inputs).map((input) => ({ role, input })));
  const inventory = createInventory(entries, Object.keys(definition));
  return new HostsOfRoles(inventory.hosts, inventory.roles);
}

class HostsOfRoles implements RoleHosts {
  readonly roles: readonly string[];
  readonly #choice: RoleChoice;

  constructor(all: readonly Host[], roles: readonly string[]) {
    this.roles = roles;
    this.#choice = { hosts: all, roles, who: "hosts", filterHint: 'Write hosts(...).filter("www", "db"), or "*" for all.' };
  }

  get size(): number {
    return this.#choice.hosts.length;
  }

  filter(...roles: readonly string[]): RoleHosts {
    return new HostsOfRoles(hostsWithRoles(this.#choice, roles), this.roles);
  }

  one(...roles: readonly string[]): Host {
    return oneWithRoles(this.#choice, roles);
  }

  with(...more: readonly (HostInput | Host)[]): RoleHosts {
    const all = [...this.#choice.hosts];
    for (const host of toHosts(more)) if (!all.some((one) => sameHost(one, host))) all.push(host);
    return new HostsOfRoles(toHosts(all), this.roles);
  }

  [Symbol.iterator](): Iterator<Host> {
    return this.#choice.hosts[Symbol.iterator]();
  }
}

function listOf(inputs: HostInput | Iterable<HostInput>): readonly HostInput[] {
  return typeof inputs === "object" && inputs !== null && Symbol.iterator in inputs
    ? [...(inputs as Iterable<HostInput>)]
    : [inputs as HostInput];
}
