import { type DeployPaths, deployPaths } from "../../../src/recipes/deploy/paths.ts";

/** Where all is by default in this deploy path. */
export function pathsBelow(root: string): DeployPaths {
  return deployPaths({
    deployPath: root,
    releasesPath: `${root}/releases`,
    sharedPath: `${root}/shared`,
    repoPath: `${root}/repo`,
    currentPath: `${root}/current`,
  });
}
