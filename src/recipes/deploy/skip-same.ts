import { type Script, script, sh, type TaskContext } from "../../index.ts";
import { describeRelease, pathsOf, stateOf } from "./context.ts";
import { type DeployPaths, releasePath } from "./paths.ts";
import { findCurrent, type HostState } from "./state.ts";

/**
 * `skipSame`: a commit that is live need not be deployed again. That a release is live does not say that what comes after its switch
 * was done, a restart say; so a run that comes to its end leaves the id of its release in `.fake/finished`, and only that counts.
 */

/** Notes that the run which went to this release came to its end. What cannot be written is deployed once more. */
export function noteFinished(paths: DeployPaths, id: string): Script {
  return script(sh`{ echo ${id} >${paths.finished}; } 2>/dev/null || :`);
}

/** Part of reading the state: which release a run came to its end with. */
export function tellFinished(paths: DeployPaths): Script {
  return script(sh`[ ! -f ${paths.finished} ] || { read -r finished rest <${paths.finished}; echo "finished $finished"; }`);
}

/**
 * True when all hosts have that live which would be deployed. Hosts that are behind get it as one release with all others: there is one
 * id for a fleet.
 */
export function isLiveOn(hosts: readonly { readonly state: HostState; readonly revision: string }[]): boolean {
  return hosts.every(({ state, revision }) => {
    const live = findCurrent(state);
    return live !== undefined && live.revision === revision && state.finished === live.id;
  });
}

/** Says what is live, and ends the flow. */
export function skipDeploy(t: TaskContext, hosts: readonly TaskContext[]): never {
  for (const host of hosts) {
    const live = findCurrent(stateOf(host) as HostState);
    if (live === undefined) continue;
    // For hooks that run all the same: nothing was made under the id that was chosen.
    host.env.set("releaseId", live.id);
    host.env.set("releasePath", releasePath(pathsOf(host), live.id));
    host.log.standing(`live: ${describeRelease({ ...live, sha: live.revision })}, as before: that is what would be deployed`);
  }
  t.log.info("Nothing is deployed: that commit is live on all hosts already (skipSame). deploy --force deploys it again.");
  return t.skip("flow");
}
