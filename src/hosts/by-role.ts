/** Which of some hosts are meant, by the roles that they have. */
import { UsageError } from "../errors.ts";
import { didYouMean } from "../suggest.ts";
import type { Host } from "./host.ts";

/** Hosts, and how errors speak of them. */
export interface RoleChoice {
  readonly hosts: readonly Host[];
  /** Roles that there are, also those that none of these hosts has. */
  readonly roles: readonly string[];
  /** What a filter without names of roles is told. */
  readonly filterHint: string;
  /** Where these hosts come from. */
  readonly oneHint?: string | undefined;
  readonly who: string;
}

/** Those with any of these roles; `"*"` for all. @throws UsageError for a role that there is not, and for what is no role */
export function hostsWithRoles({ hosts, roles: known, who, filterHint }: RoleChoice, roles: readonly string[]): readonly Host[] {
  if (roles.length === 0 || roles.some((role) => typeof role !== "string"))
    throw new UsageError("FLEET_FILTER", `${who}.filter takes names of roles.`, { hint: filterHint });
  if (roles.includes("*")) return hosts;
  const unknown = roles.filter((role) => !known.includes(role));
  if (unknown.length > 0) {
    const lines = unknown.map((role) => `There is no role ${JSON.stringify(role)}. ${didYouMean(role, known) ?? ""}`.trimEnd());
    throw new UsageError("UNKNOWN_ROLE", lines.join("\n"), { hint: `Roles: ${known.join(", ") || "none"}.` });
  }
  return hosts.filter((host) => host.roles.some((role) => roles.includes(role)));
}

/** The only one, of those with any of these roles where some are given. @throws UsageError naming those that there are, unless it is one */
export function oneWithRoles(choice: RoleChoice, roles: readonly string[]): Host {
  const { hosts, oneHint: hint } = choice;
  const found = roles.length === 0 ? hosts : hostsWithRoles(choice, roles);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const which =
    roles.length === 0 || roles.includes("*")
      ? ""
      : ` with ${roles.length === 1 ? "the role" : "one of the roles"} ${roles.join(", ")}`;
  const those = found.length === 0 ? "there is none" : `there are ${found.length}: ${found.map(({ id }) => id).join(", ")}`;
  const among = found.length > 0 || hosts.length === 0 ? "" : `, of ${hosts.map(({ id }) => id).join(", ")}`;
  throw new UsageError("FLEET_ONE", `One host${which} is wanted, and ${those}${among}.`, { hint });
}
