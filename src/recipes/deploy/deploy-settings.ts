import type { ReleaseInfo } from "./listing.ts";
import type { LockOwner } from "./lock-owner.ts";
import type { ResolvedRevision } from "./revision.ts";
import type { HostState } from "./state.ts";
import type { StrategyName } from "./strategies/pick.ts";
import type { Cargo } from "./strategies/strategy.ts";

/** The settings and facts of the deploy recipe by type. What each is for and its default: `docs/settings.md`. */
export interface DeploySettings {
  application: string;
  deployPath: string;
  repoUrl: string;
  branch: string;
  scm: StrategyName;
  repoTree: string;
  submodules: boolean | "fail";
  lfsPointers: boolean;
  gitMaxConnections: number;
  keepReleases: number;
  linkedDirs: readonly string[];
  linkedFiles: readonly string[];
  minFreeSpace: number | string;
  archiveRolledBack: boolean;
  rollbackOnFailure: boolean;
  lockReason: string;
  lockWait: number | string;
  localUser: string;
  releasesPath: string;
  sharedPath: string;
  repoPath: string;
  currentPath: string;
  resolvedRevision: ResolvedRevision;
  revision: string;
  releaseId: string;
  releasePath: string;
  previousRevision: string;
  publishedRelease: string;
  releaseState: HostState;
  releaseCargo: Cargo | null;
  releases: readonly ReleaseInfo[];
  lockOwner: LockOwner | null;
}

// The recipe's index.ts names this file's interface, or no declaration file of the package would lead a compiler here.
declare module "fake-deploy" {
  interface Settings extends DeploySettings {}
}
