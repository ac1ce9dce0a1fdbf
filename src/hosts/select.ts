import { type Problem, ProblemsError, UsageError } from "../errors.ts";
import { didYouMean } from "../suggest.ts";
import type { Host } from "./host.ts";
import { addressed, isPattern, matches, meant, resolveHosts } from "./host-pattern.ts";
import { expandRanges } from "./host-range.ts";
import type { Inventory } from "./inventory.ts";
import { keepProblems } from "./parse-host.ts";

/**
 * What a setting of a host must be for it to be selected: as text; of a list, one of its items.
 * @example const condition: SettingCondition = { key: "region", value: "eu" };
 */
export interface SettingCondition {
  readonly key: string;
  readonly value: string;
  /** It must not be that; a host where it is not set is selected. @default false */
  readonly not?: boolean | undefined;
}

/**
 * Which hosts: what the command line says about them.
 * @example
 * const selection: Selection = { roles: ["production"], only: ["web"], exclude: ["app9*"] };
 */
export interface Selection {
  /** Hosts that have any of these (`-R`). */
  readonly roles?: readonly string[] | undefined;
  /** Of these, the hosts that have every one of these roles (`--only`). */
  readonly only?: readonly string[] | undefined;
  /**
   * Hosts by name, id, `web*`, `web[01:20]`, or an address that the deployfile does not know (`-H`). Together with `roles` it narrows
   * their hosts down, as Capistrano's host filter does; it never adds to them.
   */
  readonly hosts?: readonly string[] | undefined;
  /** Hosts to leave out, by name, id, `web*`, `web[01:20]` or role (`-x`). */
  readonly exclude?: readonly string[] | undefined;
  /** Every host of the deployfile. */
  readonly all?: boolean | undefined;
  /** Of all these, the hosts whose settings meet every condition (`--where`); of every host, where nothing else is said. */
  readonly where?: readonly SettingCondition[] | undefined;
}

export interface SelectedHost {
  readonly host: Host;
  /** The roles of `-R` that this host has, in that order. Empty without `-R`. */
  readonly effectiveRoles: readonly string[];
  /** Roles whose settings apply: the effective ones with `-R`, else all roles of the host. */
  readonly settingsRoles: readonly string[];
}

/**
 * The hosts of a run, each once: role by role with `-R`, in the order given with `-H`, else as written in the deployfile.
 * @throws UsageError when nothing is asked for, nothing is left, or a name means nothing; ProblemsError for a bad address.
 */
export function selectHosts(inventory: Inventory, selection: Selection): readonly SelectedHost[] {
  const roles = unique(selection.roles);
  const only = unique(selection.only);
  checkRoles(inventory, [...roles, ...only]);
  if (selection.all === true && (roles.length > 0 || unique(selection.hosts).length > 0)) {
    throw new UsageError("SELECTION", "--all stands for every host, and cannot be combined with roles or hosts.", {
      hint: "Leave out --all, or narrow it down with --only and -x.",
    });
  }
  const asked = askedFor(inventory, selection, roles);
  const kept = asked.filter((host) => only.every((role) => host.roles.includes(role)));
  const left = exclude(kept, { ...inventory, hosts: [...inventory.hosts, ...asked] }, unique(selection.exclude));
  if (left.length === 0)
    throw new UsageError("NO_HOSTS", whyNothing({ asked, kept, roles, only }), { hint: listRoles(inventory) });
  return Object.freeze(left.map((host) => select(host, roles)));
}

function select(host: Host, roles: readonly string[]): SelectedHost {
  const effectiveRoles = Object.freeze(roles.filter((role) => host.roles.includes(role)));
  return Object.freeze({ host, effectiveRoles, settingsRoles: roles.length > 0 ? effectiveRoles : host.roles });
}

function askedFor(inventory: Inventory, selection: Selection, roles: readonly string[]): readonly Host[] {
  const hosts = unique(selection.hosts);
  if (selection.all === true) return inventory.hosts;
  if (roles.length > 0) {
    const ofRoles = [...new Set(roles.flatMap((role) => inventory.hosts.filter((host) => host.roles.includes(role))))];
    return hosts.length === 0 ? ofRoles : resolveHosts(inventory, hosts, { among: ofRoles, roles });
  }
  if (hosts.length > 0) return resolveHosts(inventory, hosts);
  throw new UsageError("NO_HOSTS", "No hosts were named.", {
    hint: `Name some with -R <role>, -H <host> or --all. ${listRoles(inventory)}`,
  });
}

function checkRoles(inventory: Inventory, asked: readonly string[]): void {
  const unknown = [...new Set(asked)].filter((role) => !inventory.roles.includes(role));
  if (unknown.length === 0) return;
  const lines = unknown.map((role) => {
    const hosts = inventory.hosts.filter((host) => namesOf(role).some((name) => matches(name, host)));
    const are = hosts.length === 1 ? "It is a host: select it" : "It names hosts: select them";
    const shown = /^[\w.:@-]+$/.test(role) ? role : `'${role}'`;
    const meant = hosts.length > 0 ? `${are} with -H ${shown}.` : (didYouMean(role, inventory.roles) ?? "");
    return `There is no role ${JSON.stringify(role)}. ${meant}`.trimEnd();
  });
  throw new UsageError("UNKNOWN_ROLE", lines.join("\n"), { hint: listRoles(inventory) });
}

/** What a word means that may be a range. */
function namesOf(word: string): readonly string[] {
  return keepProblems([], () => expandRanges(word)) ?? [word];
}

/** A word leaves out the host of that name and the hosts of that role: where it is both, all of them. */
function exclude(kept: readonly Host[], { hosts: known, roles }: Inventory, asked: readonly string[]): readonly Host[] {
  const problems: Problem[] = [];
  const words = asked.flatMap((word) => keepProblems(problems, () => expandRanges(word)) ?? []);
  if (problems.length > 0) throw new ProblemsError("BAD_HOST", problems);
  const missed = words.filter((word) => !roles.includes(word) && !known.some((host) => matches(word, host)));
  if (missed.length > 0) {
    const near = (word: string): string => (isPattern(word) ? "" : meant(word, known, roles));
    const lines = missed.map((word) => `There is no host or role ${JSON.stringify(word)} to leave out.${near(word)}`);
    throw new UsageError("UNKNOWN_HOST", lines.join("\n"), {
      hint: "What to leave out is named by a host's name or id, a pattern such as web*, a range such as web[1:3], or a role.",
    });
  }
  return kept.filter((host) => !words.some((word) => host.roles.includes(word) || matches(word, host)));
}

interface Narrowing {
  readonly asked: readonly Host[];
  readonly kept: readonly Host[];
  readonly roles: readonly string[];
  readonly only: readonly string[];
}

function whyNothing({ asked, kept, roles, only }: Narrowing): string {
  if (asked.length === 0 && roles.length === 0) return "The deployfile has no hosts.";
  if (asked.length === 0)
    return `The ${roles.length === 1 ? "role" : "roles"} ${roles.join(", ")} ${roles.length === 1 ? "has" : "have"} no hosts.`;
  if (kept.length > 0) return `All hosts that were selected are also left out with -x: ${addressed(kept)}.`;
  const lack = `${only.length === 1 ? "the role" : "all of the roles"} ${only.join(", ")}`;
  if (asked.length === 1) return `${addressed(asked)} is selected, and does not have ${lack}.`;
  return `Of the ${asked.length} hosts selected, none has ${lack}.`;
}

function listRoles(inventory: Inventory): string {
  return inventory.roles.length === 0 ? "The deployfile has no roles." : `Roles: ${inventory.roles.join(", ")}.`;
}

function unique(names: readonly string[] | undefined): readonly string[] {
  return [...new Set((names ?? []).map((name) => name.trim()).filter((name) => name !== ""))];
}
