import { FakeError, type TaskContext } from "../../../index.ts";
import {
  buildContext,
  command,
  describeRelease,
  isDeploying,
  kindOf,
  pathsOf,
  releaseOf,
  stateOf,
  strategyCommand,
  strategyContext,
  strategyOf,
} from "../context.ts";
import { holdLock } from "../lock.ts";
import { releasePath } from "../paths.ts";
import { makeRelease, writeRevision } from "../release.ts";
import { nextReleaseId } from "../release-id.ts";
import { findEarlier, isBuilt, pickUnfinished } from "../resume.ts";
import { linkShared } from "../shared.ts";
import { isLiveOn, skipDeploy } from "../skip-same.ts";
import type { HostState } from "../state.ts";
import type { Control, Revision } from "../strategies/strategy.ts";
import { readTagged } from "../tagged-lines.ts";
import { fillingSteps } from "./filling.ts";
import type { Steps } from "./step.ts";

export function updatingSteps(control: Control) {
  return {
    /** What the control machine has to do before hosts can build: find the revision where it is not known yet, make what they are sent. */
    "deploy:prepare-source": {
      desc: "Prepare on this machine what the hosts need to build",
      local: true,
      readOnly: true,
      async run(t) {
        const hosts = t.hosts.map((host) => t.on(host));
        await Promise.all(hosts.map((host) => host.env.get("resolvedRevision")));
        await resolveOnHosts(hosts);
        await Promise.all(hosts.map((host) => host.env.get("revision")));
        if (maySkip(t) && hosts.every((host) => host.env.skipSame) && isLiveOn(hosts.map(liveness))) skipDeploy(t, hosts);
        for (const strategy of new Set(hosts.map(strategyOf))) {
          const contexts = hosts.filter((host) => strategyOf(host) === strategy).map(buildContext);
          const artifact = (await strategy.prepare?.(contexts, control)) ?? new Map();
          for (const [host, piece] of artifact) t.on(host).env.set("releaseArtifact", piece);
        }
      },
    },
    /** One id for all hosts: later than what any of them has. The locks are held, so that it stays free. */
    "deploy:set-release-id": {
      desc: "Choose the id of the new release",
      local: true,
      readOnly: true,
      run(t) {
        const hosts = t.hosts.map((host) => t.on(host));
        const states = hosts.map(({ env }) => env.releaseState);
        const taken = states.flatMap((state) => [...state.taken, ...state.releases.map((release) => release.id)]);
        const next = (): string => (t.args.resume === true ? takeUp(t) : nextReleaseId(control.now(), taken));
        const id = kindOf(t) === "rollback" ? t.env.releaseId : next();
        t.env.setForRun("releaseId", id);
        for (const host of hosts) host.env.set("releasePath", releasePath(pathsOf(host), id));
      },
    },
    "deploy:update-source": {
      desc: "Bring the code to the host, where it is missing",
      parallel: ({ gitMaxConnections }) => gitMaxConnections,
      commands(t) {
        if (isBuilt(findEarlier(stateOf(t), t.env.releaseId))) return [];
        const parts = strategyOf(t).transfer?.(buildContext(t)) ?? [];
        const held = holdLock(pathsOf(t), t.runId).script;
        return parts.map((part) => strategyCommand(t, { ...part, text: `${held}\n${part.text}` }));
      },
      explain(t, { stderr }) {
        return new FakeError("SOURCE_FAILED", `${t.host.id} cannot get the code:\n${stderr.trim()}`, {
          hint: strategyOf(t).advice?.(strategyContext(t)),
          shortMessage: lastLine(stderr),
        });
      },
    },
    "deploy:create-release": {
      desc: "Make the directory of the release and fill it",
      commands(t) {
        const release = releaseOf(t);
        const earlier = findEarlier(stateOf(t), release.id);
        if (isBuilt(earlier)) return [];
        const replaces = earlier?.present === true;
        return [
          command(t, `make releases/${release.id}`, makeRelease(pathsOf(t), t.runId, release, replaces)),
          strategyCommand(t, strategyOf(t).createRelease(buildContext(t), release.id)),
        ];
      },
    },
    "deploy:set-current-revision": {
      desc: "Write the revision into the release's REVISION file",
      commands(t) {
        const release = releaseOf(t);
        if (isBuilt(findEarlier(stateOf(t), release.id))) return [];
        const text = writeRevision(pathsOf(t), release.id, release.sha);
        return [command(t, `write REVISION of ${describeRelease(release)}`, text)];
      },
    },
    ...fillingSteps,
    "deploy:symlink:linked-files": { desc: "Link the shared files into the release", ...linking("linkedFiles") },
    "deploy:symlink:linked-dirs": { desc: "Link the shared directories into the release", ...linking("linkedDirs") },
  } satisfies Steps;
}

/** Not what is asked for by itself, nor what takes up or builds a release that has an id. */
function maySkip(t: TaskContext): boolean {
  return isDeploying(t) && t.args.resume !== true && t.args.force !== true;
}

function liveness({ env }: TaskContext): { readonly state: HostState; readonly revision: string } {
  return { state: env.releaseState, revision: env.revision };
}

/**
 * Where the control machine could not say which revision is meant, a host says it: the first of those that ask for the
 * same. All of them build the one it names.
 */
async function resolveOnHosts(hosts: readonly TaskContext[]): Promise<void> {
  const answers = new Map<string, Revision>();
  for (const t of hosts) {
    const resolved = t.env.resolvedRevision;
    if (resolved.id !== undefined) continue;
    const { label, reason } = resolved;
    const { name, onHost } = strategyOf(t);
    if (onHost === undefined) throw nobodySays(name, resolved);
    const question = onHost.ask(strategyContext(t));
    const key = JSON.stringify([name, question.title]);
    let revision = answers.get(key);
    if (revision === undefined) {
      const { stdout } = await t.run(strategyCommand(t, question, { captureAll: true }));
      revision = onHost.parse(stdout, strategyContext(t));
      answers.set(key, revision);
      if (revision.id !== label)
        t.log.info(`${t.host.id} found that ${label} is ${revision.id}: this machine could not, because ${reason}.`);
    }
    t.env.set("resolvedRevision", revision);
    t.env.set("revision", revision.id);
  }
}

/** What keeps a deploy from building: neither this machine nor a host can say what is meant. */
export function nobodySays(strategy: string, { label, reason }: { readonly label: string; readonly reason: string }): FakeError {
  return new FakeError("REVISION_NOT_FOUND", `The strategy ${strategy} cannot say which revision ${label} is: ${reason}.`);
}

/** Goes on with what an earlier run has begun: its id, its commit. @returns the id */
function takeUp(t: TaskContext): string {
  const states = t.hosts.map((host) => ({ host: host.id, state: t.on(host).env.releaseState }));
  const { id, sha, branch } = pickUnfinished(states);
  for (const { host, state } of states) {
    const { env } = t.on(host);
    env.set("resolvedRevision", { id: sha, label: branch });
    env.set("revision", sha);
    // What the host was asked was about another commit.
    env.set("releaseState", { ...state, source: [] });
  }
  t.log.info(`Going on with ${describeRelease({ id, sha, branch })}.`);
  return id;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

function linking(setting: "linkedFiles" | "linkedDirs") {
  return {
    commands(t) {
      const links = t.env[setting];
      if (links.length === 0 || isBuilt(findEarlier(stateOf(t), t.env.releaseId))) return [];
      return [command(t, `link ${links.join(", ")}`, linkShared(pathsOf(t), t.env.releaseId, links))];
    },
    receive(t, [result]) {
      for (const kept of readTagged(result?.stdout ?? "")("kept"))
        t.log.warn(`${kept}: the revision has a link of its own there, which is kept.`);
    },
    sendAhead: true,
    states: [],
  } satisfies Steps[string];
}
