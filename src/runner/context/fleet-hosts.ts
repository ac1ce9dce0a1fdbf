/** Which hosts `t.fleet` has. */
import { UsageError } from "../../errors.ts";
import { hostsWithRoles, oneWithRoles, type RoleChoice } from "../../hosts/by-role.ts";
import type { Host } from "../../hosts/host.ts";
import { resolveFurther } from "../../hosts/host-pattern.ts";
import type { HostRun } from "../machine/host-run.ts";
import type { TaskRun } from "./run.ts";

/** @throws UsageError for a role that there is not, and for what is no role */
export function withRoles(task: TaskRun, hosts: readonly HostRun[], roles: readonly string[]): readonly HostRun[] {
  const found = new Set(hostsWithRoles(choiceOf(task, hosts), roles));
  return hosts.filter(({ host }) => found.has(host));
}

/** @throws UsageError unless it is one */
export function onlyOne(task: TaskRun, hosts: readonly HostRun[], roles: readonly string[]): HostRun {
  const found = oneWithRoles(choiceOf(task, hosts), roles);
  return hosts.find(({ host }) => host === found) as HostRun;
}

/** Roles: those of the deployfile, whoever is selected. */
function choiceOf({ run }: TaskRun, among: readonly HostRun[]): RoleChoice {
  return {
    hosts: among.map(({ host }) => host),
    roles: run.inventory?.roles ?? [...new Set(run.hosts.flatMap(({ host }) => host.roles))],
    who: "t.fleet",
    filterHint:
      'Write t.fleet.filter("web", "db"), or go by something else: for (const web of t.fleet) if (...) await web.run`...`;',
    oneHint: "The hosts of a task are those that the run has selected, with -R, -H or --batch.",
  };
}

/**
 * Hosts by their names: those of the run where it has them, else brought to it.
 * @param tell hears of each that the task was not given
 * @throws UsageError, ProblemsError for what is no host
 */
export function furtherHosts(
  { run, pass, name: task }: TaskRun,
  names: readonly string[],
  tell: (host: HostRun, text: string) => void,
): readonly HostRun[] {
  if (names.length === 0 || names.some((name) => typeof name !== "string")) {
    throw new UsageError("FLEET_WITH", "t.fleet.with takes names of hosts.", {
      hint: 'Write t.fleet.with("deployer@cache1:2222").',
    });
  }
  const selected = run.hosts.map(({ host }) => host);
  const inventory = run.inventory ?? { hosts: selected, roles: [] };
  // What the command line has made of a host counts.
  const hosts = inventory.hosts.map((host) => selected.find(({ id }) => id === host.id) ?? host);
  const others = selected.filter(({ id }) => !hosts.some((host) => host.id === id));
  return resolveFurther({ ...inventory, hosts: [...hosts, ...others] }, names).map((host) => {
    const there = run.hostRuns.get(host.id) ?? run.furtherRuns.get(host.id);
    if (there !== undefined && isOther(there.host, host)) throw otherLogin(there.host, host);
    const found = there ?? run.addHost(host);
    const isNew = there === undefined || (run.hostRuns.has(host.id) && !pass.hosts.includes(there));
    const whose = run.hostRuns.has(host.id) ? "is not one of the hosts at hand" : "was not selected for this run";
    if (isNew) tell(found, `${host.id} ${whose}: "${task}" works on it by t.fleet.with.`);
    return found;
  });
}

/** A host has one login in a run: what its user or port leaves out is whatever that is. */
function isOther(there: Host, { user, port }: Host): boolean {
  return (user !== undefined && user !== there.user) || (port !== undefined && port !== there.port);
}

function otherLogin(there: Host, host: Host): UsageError {
  const show = ({ user, name, port }: Host): string =>
    `${user === undefined ? "" : `${user}@`}${name}${port === undefined ? "" : `:${port}`}`;
  return new UsageError("FLEET_LOGIN", `${there.id} is in this run as ${show(there)}, and cannot be ${show(host)} as well.`, {
    hint: 'Leave out user and port, and write .as("name") for commands of another user.',
  });
}
