import type { EnvReader, TaskRef, VerbDefinition, VerbHost } from "../../index.ts";
import { pendingArgs, refSettings } from "./flow-args.ts";
import { drawPending, type PendingDeploy } from "./pending.ts";
import { isCommitId } from "./revision.ts";
import { compareCommits } from "./strategies/compare.ts";
import { openClone } from "./strategies/control-clone.ts";
import { parseRepository } from "./strategies/repository.ts";
import { resolveHere } from "./strategies/resolve-here.ts";
import type { Control, Revision } from "./strategies/strategy.ts";

/**
 * What a deploy would bring. Hosts are only asked what is live: the commits come from a clone on this machine, which is brought up to date.
 * @param list states the fact `releases`
 */
export function pendingVerb(list: TaskRef, control: Control): VerbDefinition {
  return {
    desc: "Show what a deploy would bring: commits and files, beside what is live.",
    args: pendingArgs,
    sets: refSettings,
    examples: [
      ["pending -R production", "for each group of hosts on which the same is live"],
      ["pending -R production --tag v2", "for that tag"],
    ],
    requires: ["deployPath"],
    async run(t) {
      const answered = await t.run(list);
      const groups = new Map<string, Asked[]>();
      for (const { host, env } of answered) {
        const next = await resolve(env, control);
        const asked = { host, env, next, live: env.releases.find(({ current }) => current) };
        const { repoUrl, repoTree } = env;
        const about = isCommitId(next.id) ? [String(parseRepository(repoUrl).url), repoTree] : [];
        const key = JSON.stringify([asked.live?.id, asked.live?.revision, next, about]);
        groups.set(key, [...(groups.get(key) ?? []), asked]);
      }
      const data: PendingDeploy[] = [];
      // One after another: they bring the same clone up to date.
      for (const group of groups.values()) data.push(await compare(group, control));
      return { data, text: data.map(drawPending).join("\n") };
    },
  };
}

interface Asked extends VerbHost {
  readonly next: Revision;
  readonly live: PendingDeploy["live"] | undefined;
}

async function resolve(env: EnvReader, control: Control): Promise<Revision> {
  if (typeof env.scm === "string")
    return await resolveHere(env, control, "Commits are compared on this machine: it must be able to read the repository.");
  const resolved = await env.get("resolvedRevision");
  return { id: resolved.id ?? "", label: resolved.label };
}

/** @param group hosts of which all is the same */
async function compare(group: readonly Asked[], control: Control): Promise<PendingDeploy> {
  const [{ env, next, live = null } = {} as Asked] = group;
  const said = { hosts: group.map(({ host }) => host.id), live, next };
  const none = { commits: [], gone: [], files: [] };
  if (live === null) return { ...said, relation: "nothing-live", ...none };
  if (live.revision === next.id && next.id !== "") return { ...said, relation: "same", ...none };
  if (!isCommitId(live.revision) || !isCommitId(next.id)) return { ...said, relation: "incomparable", ...none };
  const clone = await openClone(control, parseRepository(env.repoUrl), next.id);
  return { ...said, ...(await compareCommits(clone, live.revision, next.id, env.repoTree)) };
}
