import { FakeError, type TaskContext } from "../../index.ts";
import { strategyCommand, strategyContext, strategyOf } from "./context.ts";
import type { Revision, StrategyCommand } from "./strategies/strategy.ts";

/** A host that is asked which revision is meant, and those that would be asked for the same. */
interface Question {
  readonly hosts: TaskContext[];
  readonly ask: StrategyCommand;
  readonly reason: string;
  parse(output: string): Revision;
}

/**
 * Where the control machine could not say which revision is meant, a host says it: the first of those that ask for the
 * same. All of them build the one it names.
 */
export async function resolveOnHosts(hosts: readonly TaskContext[]): Promise<void> {
  const questions = new Map<string, Question>();
  for (const host of hosts) {
    const question = questionFor(host);
    if (question === undefined) continue;
    const key = JSON.stringify([strategyOf(host).name, question.ask.title]);
    const same = questions.get(key);
    if (same === undefined) questions.set(key, question);
    else same.hosts.push(host);
  }
  for (const question of questions.values()) {
    const revision = await answer(question);
    for (const { env } of question.hosts) {
      env.set("resolvedRevision", revision);
      env.set("revision", revision.id);
    }
  }
}

function questionFor(t: TaskContext): Question | undefined {
  const resolved = t.env.resolvedRevision;
  if (resolved.id !== undefined) return undefined;
  const { name, onHost } = strategyOf(t);
  const { label, reason } = resolved;
  if (onHost === undefined)
    throw new FakeError("REVISION_NOT_FOUND", `The strategy ${name} cannot say which revision ${label} is: ${reason}.`);
  const context = strategyContext(t);
  return { hosts: [t], ask: onHost.ask(context), reason, parse: (output) => onHost.parse(output, context) };
}

async function answer({ hosts: [t], ask, reason, parse }: Question): Promise<Revision> {
  if (t === undefined) throw new Error("a question is asked by a host");
  const { stdout } = await t.run(strategyCommand(t, ask, { captureAll: true }));
  const revision = parse(stdout);
  t.log.info(`${t.host.id} found that ${revision.label} is ${revision.id}: this machine could not, because ${reason}.`);
  return revision;
}
