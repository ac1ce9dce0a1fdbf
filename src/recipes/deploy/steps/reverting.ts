import { FakeError, type TaskContext } from "../../../index.ts";
import { describeRelease, pathsOf, stateCommand, strategyContext, strategyOf } from "../context.ts";
import { releasePath } from "../paths.ts";
import { shortRevision } from "../revision.ts";
import { findLacking, namesOf, pickTarget, type RollbackHost, remarksOn, whatIs } from "../rollback.ts";
import { parseState, type ReleaseState } from "../state.ts";
import type { Steps } from "./step.ts";

export const revertingSteps = {
  /** One target for all hosts, or none: then nothing is changed anywhere. */
  "deploy:revert-release": {
    desc: "Choose the release to go back to, the same on all hosts",
    local: true,
    readOnly: true,
    run(t) {
      const hosts = statesOf(t);
      const id = pickTarget(hosts, t.args);
      for (const remark of remarksOn(hosts, id)) t.log.warn(remark);
      t.env.setForRun("releaseId", id);
      for (const { host, state } of hosts) {
        const { env } = t.on(host);
        const revision = state.releases.find((release) => release.id === id)?.revision ?? "";
        env.set("releasePath", releasePath(pathsOf({ env }), id));
        if (revision !== "") env.set("revision", revision);
      }
    },
  },
  /** As a deploy does it, with what hangs on its stages; but from what the hosts have, all of which are asked before one begins. */
  "deploy:build-missing": {
    desc: "Build the release on hosts that do not have it, if --build is given",
    local: true,
    inDryRun: true,
    async run(t) {
      if (t.dryRun) {
        if (t.args.build === true) t.log.info("hosts that do not have it build it as a deploy does: which these are, they say");
        return;
      }
      const hosts = statesOf(t);
      const id = t.env.releaseId;
      const lacking = t.args.build === true ? findLacking(hosts, id) : [];
      if (lacking.length === 0) t.skip();
      const { sha, branch } = whatIs(hosts, id, `Without ${namesOf(lacking)}, the others can go back: rollback -x.`);
      const made = { id, status: "building", current: false, revision: sha, branch, user: t.env.localUser } as const;
      const held = await Promise.all(
        lacking.map(async ({ host }) => {
          const at = t.on(host);
          at.env.set("resolvedRevision", { id: sha, label: branch });
          at.env.set("revision", sha);
          return await lookFor(at, { ...made, present: false, entry: undefined, logged: undefined });
        }),
      );
      const unheld = lacking.filter((_, index) => held[index] !== true);
      if (unheld.length > 0) throw notHeld(unheld, { id, sha });
      for (const task of ["deploy:check", "deploy:updating", "deploy:updated"])
        await t.execute(
          task,
          lacking.map(({ host }) => host),
        );
      for (const { host } of lacking) t.on(host).log.changed(`built ${describeRelease({ id, sha, branch })}`);
    },
  },
} satisfies Steps;

function statesOf(t: TaskContext): readonly RollbackHost[] {
  return t.hosts.map((host) => ({ host: host.id, state: t.on(host).env.releaseState }));
}

/** Asks the host what it has for this release, and puts the release among what it has. @returns true when it needs nothing from elsewhere */
async function lookFor(t: TaskContext, release: ReleaseState): Promise<boolean> {
  const { stdout } = await t.run(stateCommand(t, strategyOf(t).probe?.(strategyContext(t))));
  const state = parseState(stdout, pathsOf(t));
  const { present = false } = state.releases.find(({ id }) => id === release.id) ?? {};
  const others = state.releases.filter(({ id }) => id !== release.id);
  const releases = [...others, { ...release, present }].sort((a, b) => (a.id < b.id ? -1 : 1));
  t.env.set("releaseState", { ...state, releases });
  return strategyOf(t).transfer === undefined || state.source.includes("has-revision");
}

/** What keeps a rollback from building on hosts that lack more than the release. */
export function notHeld(hosts: readonly RollbackHost[], { id, sha }: { readonly id: string; readonly sha: string }): FakeError {
  const message = `${namesOf(hosts)} ${hosts.length === 1 ? "does" : "do"} not have ${shortRevision(sha)}, which ${id} is made from: it would have to be brought there.`;
  return new FakeError("REVISION_NOT_HELD", message, {
    hint: `Nothing was changed. Go back without: rollback -x ${hosts.map(({ host }) => host).join(",")}; or deploy -s branch=${sha} brings it.`,
  });
}
