import { FakeError, type TaskContext } from "../../index.ts";
import { command, sourceOf, strategyOf } from "./at-hand.ts";
import type { ResolvedRevision } from "./revision.ts";
import { gitVars, parseRepository } from "./strategies/repository.ts";

/**
 * Where the control machine could not say which commit is meant, a host says it: the first of those that ask for the
 * same. All of them build the commit it names.
 */
export async function resolveOnHosts(hosts: readonly TaskContext[]): Promise<void> {
  const groups = new Map<string, TaskContext[]>();
  for (const host of hosts) {
    if (host.env.resolvedRevision.kind !== "onHost") continue;
    const key = JSON.stringify([host.env.repoUrl, host.env.branch, host.env.scm]);
    groups.set(key, [...(groups.get(key) ?? []), host]);
  }
  for (const group of groups.values()) await resolveGroup(group);
}

async function resolveGroup(group: readonly TaskContext[]): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  const resolved = await askHost(first);
  if (resolved.kind !== "commit")
    throw new FakeError("REVISION_NOT_FOUND", `${first.host.id} cannot say which commit ${resolved.name} is.`);
  for (const host of group) {
    host.env.set("resolvedRevision", resolved);
    host.env.set("revision", resolved.sha);
  }
}

async function askHost(t: TaskContext): Promise<ResolvedRevision> {
  const { resolvedRevision, branch } = t.env;
  const strategy = strategyOf(t);
  if (resolvedRevision.kind !== "onHost" || strategy.resolveOnHost === undefined) return resolvedRevision;
  const source = sourceOf(t);
  const title = `ask ${source.repository.url} for ${branch}`;
  const { stdout } = await t.run(
    command(t, { title, text: strategy.resolveOnHost.text(source, branch), vars: gitVars(source.repository), captureAll: true }),
  );
  const resolved = strategy.resolveOnHost.parse(stdout, { ...parseRepository(t.env.repoUrl), ref: branch });
  t.log.info(
    `${t.host.id} found that ${branch} is ${resolved.kind === "commit" ? resolved.sha : "unknown"}: this machine could not, because ${resolvedRevision.reason}.`,
  );
  return resolved;
}
