import type { StepName } from "../flow.ts";
import type { Control } from "../strategies/strategy.ts";
import { failed, rollBack, tellStanding } from "./failure.ts";
import { cleanup, cleanupRollback, logRevisionStep, unlock, unlockCleanup } from "./finishing.ts";
import { lockOwner, releases, unlockForce } from "./listing.ts";
import { lock } from "./locking.ts";
import { switchBackStep, symlinkRelease } from "./publishing.ts";
import { revertRelease } from "./reverting.ts";
import { check, setPreviousRevision } from "./starting.ts";
import type { StepDefinition } from "./step.ts";
import {
  createRelease,
  prepareSource,
  setCurrentRevision,
  setReleaseId,
  symlinkLinkedDirs,
  symlinkLinkedFiles,
  updateSource,
} from "./updating.ts";

/** Every step of the recipe by its name. */
export function createSteps(control: Control): { readonly [name in StepName]: StepDefinition } {
  return {
    "deploy:lock": lock(control),
    "deploy:check": check,
    "deploy:set-previous-revision": setPreviousRevision(control),
    "deploy:prepare-source": prepareSource(control),
    "deploy:set-release-id": setReleaseId(control),
    "deploy:update-source": updateSource,
    "deploy:create-release": createRelease,
    "deploy:set-current-revision": setCurrentRevision,
    "deploy:symlink:linked-files": symlinkLinkedFiles,
    "deploy:symlink:linked-dirs": symlinkLinkedDirs,
    "deploy:revert-release": revertRelease,
    "deploy:symlink:release": symlinkRelease,
    "deploy:switch-back": switchBackStep,
    "deploy:cleanup": cleanup,
    "deploy:unlock-cleanup": unlockCleanup,
    "deploy:cleanup-rollback": cleanupRollback,
    "deploy:log-revision": logRevisionStep,
    "deploy:failed": failed,
    "deploy:roll-back": rollBack,
    "deploy:tell-standing": tellStanding,
    "deploy:unlock": unlock,
    "deploy:releases": releases,
    "deploy:lock-owner": lockOwner,
    "deploy:unlock-force": unlockForce,
  };
}
