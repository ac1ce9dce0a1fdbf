import type { Settings } from "../../index.ts";

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
