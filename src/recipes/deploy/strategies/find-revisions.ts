import { FakeError, UsageError, type VerbContext, type VerbHost } from "../../../index.ts";
import { strategyCommand } from "../context.ts";
import { deployPaths } from "../paths.ts";
import { isLookedFor } from "./git-refs.ts";
import { pickStrategy } from "./pick.ts";
import { resolveHere } from "./resolve-here.ts";
import type { Control, ResolvedRevision, StrategyContext } from "./strategy.ts";

/**
 * What a deploy would bring to each host, by its id, changing nothing there. Where a deploy asks a host, and its question is known to
 * change nothing, the host is asked. @throws UsageError when there is no such thing
 */
export async function findRevisions(t: VerbContext, control: Control): Promise<ReadonlyMap<string, ResolvedRevision>> {
  const found = new Map<string, ResolvedRevision>();
  const answers = new Map<string, ResolvedRevision>();
  for (const at of t.hosts) {
    const { host, env } = at;
    const resolved = await env.get("resolvedRevision");
    // What a strategy of one's own asks there may change the host.
    if (resolved.id !== undefined || typeof env.scm !== "string") {
      found.set(host.id, resolved);
      continue;
    }
    const key = JSON.stringify([env.scm, String(env.repoUrl), env.branch, env.refKind]);
    const answer = answers.get(key) ?? (await ask(t, at, resolved, control));
    answers.set(key, answer);
    found.set(host.id, answer);
  }
  return found;
}

/** An id of a commit is looked for in the clone of this machine: a host would bring its mirror up to date to find it. */
async function ask(t: VerbContext, at: VerbHost, open: ResolvedRevision, control: Control): Promise<ResolvedRevision> {
  const { host, env } = at;
  if (isLookedFor({ ref: env.branch, kind: env.refKind })) {
    try {
      return await resolveHere(env, control, "");
    } catch (error) {
      if (error instanceof UsageError || !(error instanceof FakeError)) throw error;
      return open;
    }
  }
  const { onHost } = pickStrategy(env.scm);
  if (onHost === undefined) return open;
  const context: StrategyContext = { host: host.id, run: "look", env, paths: deployPaths(env), revision: "" };
  const [outcome] = await t.exec((c) => strategyCommand(c, onHost.ask(context)), { hosts: [at] });
  return outcome?.status === "ok" && !outcome.truncated ? onHost.parse(outcome.stdout, context) : open;
}
