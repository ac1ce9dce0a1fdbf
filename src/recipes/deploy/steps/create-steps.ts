import type { StepName } from "../flow.ts";
import type { Control } from "../strategies/strategy.ts";
import * as failure from "./failure.ts";
import * as finishing from "./finishing.ts";
import * as listing from "./listing.ts";
import * as locking from "./locking.ts";
import * as publishing from "./publishing.ts";
import * as reverting from "./reverting.ts";
import * as starting from "./starting.ts";
import type { StepDefinition } from "./step.ts";
import * as updating from "./updating.ts";

/** Every step of the recipe by its name. */
export function createSteps(control: Control): { readonly [name in StepName]: StepDefinition } {
  return {
    "deploy:lock": locking.lock(control),
    "deploy:check": starting.check,
    "deploy:set-previous-revision": starting.setPreviousRevision(control),
    "deploy:prepare-source": updating.prepareSource(control),
    "deploy:set-release-id": updating.setReleaseId(control),
    "deploy:update-source": updating.updateSource,
    "deploy:create-release": updating.createRelease,
    "deploy:set-current-revision": updating.setCurrentRevision,
    "deploy:symlink:linked-files": updating.symlinkLinkedFiles,
    "deploy:symlink:linked-dirs": updating.symlinkLinkedDirs,
    "deploy:revert-release": reverting.revertRelease,
    "deploy:symlink:release": publishing.symlinkRelease,
    "deploy:switch-back": publishing.switchBackStep,
    "deploy:cleanup": finishing.cleanup,
    "deploy:unlock-cleanup": finishing.unlockCleanup,
    "deploy:cleanup-rollback": finishing.cleanupRollback,
    "deploy:log-revision": finishing.logRevisionStep,
    "deploy:failed": failure.failed,
    "deploy:roll-back": failure.rollBack,
    "deploy:tell-standing": failure.tellStanding,
    "deploy:unlock": finishing.unlock,
    "deploy:releases": listing.releases,
    "deploy:lock-owner": listing.lockOwner,
    "deploy:unlock-force": listing.unlockForce,
  };
}
