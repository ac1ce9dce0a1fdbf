import { FakeError, type TaskContext } from "../../index.ts";
import { strategyCommand, strategyContext, strategyOf } from "./context.ts";

/**
 * Where the control machine could not say which revision is meant, a host says it: the first of those that ask for the
 * same. All of them build the one it names.
 */
export async function resolveOnHosts(hosts: readonly TaskContext[]): Promise<void> {
  const groups = new Map<string, TaskContext[]>();
  for (const t of hosts) {
    const { id, label } = t.env.resolvedRevision;
    if (id !== undefined) continue;
    const { name, onHost } = strategyOf(t);
    const key = JSON.stringify([name, onHost?.ask(strategyContext(t)).title ?? label]);
    groups.set(key, [...(groups.get(key) ?? []), t]);
  }
  for (const group of groups.values()) await resolveGroup(group);
}

async function resolveGroup(group: readonly TaskContext[]): Promise<void> {
  const [t] = group;
  const resolved = t?.env.resolvedRevision;
  if (t === undefined || resolved === undefined || resolved.id !== undefined) return;
  const { name, onHost } = strategyOf(t);
  const { label, reason } = resolved;
  if (onHost === undefined)
    throw new FakeError("REVISION_NOT_FOUND", `The strategy ${name} cannot say which revision ${label} is: ${reason}.`);
  const context = strategyContext(t);
  const { stdout } = await t.run(strategyCommand(t, onHost.ask(context), { captureAll: true }));
  const revision = onHost.parse(stdout, context);
  t.log.info(`${t.host.id} found that ${label} is ${revision.id}: this machine could not, because ${reason}.`);
  for (const { env } of group) {
    env.set("resolvedRevision", revision);
    env.set("revision", revision.id);
  }
}
