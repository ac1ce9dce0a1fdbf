import type { StepName } from "./steps/create-steps.ts";

/** The flows, stage by stage, and the steps that hang on each stage. The work itself is in `steps/`. */

const stages = (names: string): readonly string[] => names.split(" ").map((name) => `deploy:${name}`);

export const DEPLOY = stages("starting started updating updated publishing published finishing finished");

export const ROLLBACK = stages("starting started reverting reverted publishing published finishing-rollback finished");

/** Of tasks, not of stages: nothing of a deploy is to run there. */
export const ADOPT = ["deploy:lock", "deploy:adopt"] satisfies StepName[];

/** The stages without `deploy:`, in camel case. */
export const STAGES = {
  starting: "Lock the hosts and look whether all is ready",
  started: "The hosts are locked and ready",
  updating: "Build the new release on every host",
  updated: "The release is built on every host",
  reverting: "Choose the release to go back to",
  reverted: "The release to go back to is chosen",
  publishing: "Switch all hosts to the release",
  published: "The release is live",
  finishing: "Tidy up",
  finishingRollback: "Tidy up after a rollback",
  finished: "Everything is done: restart your application after this one",
} as const;

type NamesByTarget = Readonly<Record<string, readonly StepName[]>>;

export const STEPS: NamesByTarget = {
  "deploy:starting": ["deploy:lock", "deploy:check", "deploy:set-previous-revision"],
  "deploy:updating": [
    "deploy:set-release-id",
    "deploy:prepare-source",
    "deploy:update-source",
    "deploy:create-release",
    "deploy:set-current-revision",
    "deploy:copy-dirs",
    "deploy:symlink:linked-files",
    "deploy:symlink:linked-dirs",
    "deploy:writable-dirs",
  ],
  "deploy:reverting": ["deploy:revert-release", "deploy:build-missing"],
  "deploy:publishing": ["deploy:symlink:release"],
  "deploy:finishing": ["deploy:cleanup"],
  "deploy:finishing-rollback": ["deploy:cleanup-rollback"],
  "deploy:finished": ["deploy:log-revision"],
};

/** When something in the target fails. */
export const ON_FAILURE: NamesByTarget = {
  "deploy:symlink:release": ["deploy:switch-back"],
  deploy: ["deploy:failed", "deploy:roll-back"],
  rollback: ["deploy:failed"],
  "deploy:cleanup": ["deploy:unlock-cleanup"],
};

/** After the target, whatever happened. */
export const ALWAYS: NamesByTarget = {
  deploy: ["deploy:tell-standing", "deploy:unlock"],
  rollback: ["deploy:tell-standing", "deploy:unlock"],
  adopt: ["deploy:unlock"],
};
