import { type Script, type Settings, script, sh } from "../../index.ts";

type PathSettings = Pick<Settings, "deployPath" | "releasesPath" | "sharedPath" | "repoPath" | "currentPath">;

/** Where things are on a host. All absolute. */
export type DeployPaths = Readonly<ReturnType<typeof deployPaths>>;

/** The paths of the host whose settings these are. */
export function deployPaths(env: PathSettings) {
  /** Ours: lock, journal, and one directory for each run under way. */
  const fake = `${env.deployPath}/.fake`;
  return {
    root: env.deployPath,
    releases: env.releasesPath,
    shared: env.sharedPath,
    repo: env.repoPath,
    current: env.currentPath,
    revisionsLog: `${env.deployPath}/revisions.log`,
    fake,
    lock: `${fake}/lock`,
    journal: `${fake}/journal`,
    finished: `${fake}/finished`,
  };
}

/** The directory of a release. */
export function releasePath(paths: DeployPaths, id: string): string {
  return `${paths.releases}/${id}`;
}

/** The directory of a run under way: what is made there is nobody else's. */
export function workPath(paths: DeployPaths, runId: string): string {
  return `${paths.fake}/${runId}`;
}

/**
 * Defines `remove` in the shell: what `rm -rf` does, also of directories that their owner has made read-only, as caches of modules are.
 * Prints why something stays, and fails then.
 */
export const REMOVE: Script = script(sh`
  remove() {
    ! rm -rf "$1" 2>/dev/null || return 0
    find "$1" -type d ! -perm -700 -exec chmod u+rwx {} \; 2>/dev/null
    rm -rf "$1"
  }
`);
