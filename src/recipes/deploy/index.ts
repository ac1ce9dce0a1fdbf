import { userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { type App, type Recipe, suggest, type TaskHandle, UsageError } from "../../index.ts";
import { adoptLook } from "./adopt-look.ts";
import { doctorCheck } from "./doctor.ts";
import { ADOPT, ALWAYS, DEPLOY, ON_FAILURE, ROLLBACK, STAGES, STEPS } from "./flow.ts";
import { deployArgs, refSettings, rollbackArgs } from "./flow-args.ts";
import { lockVerb } from "./lock-verb.ts";
import { deployLook, rollbackLook } from "./look.ts";
import { pendingVerb } from "./pending-verb.ts";
import { releasesVerb } from "./releases-verb.ts";
import { declareSettings } from "./settings.ts";
import { createSteps, type StepName } from "./steps/create-steps.ts";
import type { Steps } from "./steps/step.ts";
import type { Control } from "./strategies/strategy.ts";
import { unlockVerb } from "./unlock-verb.ts";

export { listReleases, type ReleaseInfo, type ReleaseLabel } from "./listing.ts";
export { describeLock, type LockOwner } from "./lock-owner.ts";
export { type DeployPaths, releasePath, workPath } from "./paths.ts";
export type { DeploySettings } from "./settings.ts";
export type {
  Artifact,
  BuildContext,
  Control,
  ResolvedRevision,
  Revision,
  Strategy,
  StrategyCommand,
  StrategyContext,
} from "./strategies/strategy.ts";

export interface DeployOptions {
  /** Environment of git on the control machine. @default that of the process */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where clones for the push strategy are kept. @default `fake-deploy` in XDG_CACHE_HOME, or in ~/.cache */
  readonly cache?: string | undefined;
  /** Milliseconds since 1970: release ids are made from it. @default the clock */
  readonly now?: (() => number) | undefined;
}

export type StageName = keyof typeof STAGES;

/** The flows, their stages, and each step that hangs on them. */
export type DeployHandles = { readonly [name in "deploy" | "rollback" | "adopt" | StageName]: TaskHandle } & {
  /** Each step by its full name. @example steps["deploy:symlink:release"] */
  readonly steps: { readonly [name in StepName]: TaskHandle };
};

/**
 * Releases, shared files, a `current` link, rollback: Capistrano's flow and its layout on the host. A tree that Capistrano
 * made can be taken over as it is, and handed back.
 * @throws UsageError for an option that there is not
 * @example const { finished } = use(deploy()); after(finished, restart);
 */
export function deploy(options: DeployOptions = {}): Recipe<DeployHandles> {
  const control = createControl(options);
  return (app) => {
    refuseUnknown(options);
    app.settings(declareSettings(control));
    const stages = declareStages(app);
    const steps = declareTasks(app, control);
    const flows = declareFlows(app, steps["deploy:look"], control);
    app.doctor(doctorCheck(control));
    app.verb("pending", pendingVerb(steps["deploy:releases"], control));
    app.verb("releases", releasesVerb(steps["deploy:releases"], control.now));
    app.verb("lock", lockVerb(steps["deploy:lock-by-hand"], steps["deploy:lock-owner"]));
    app.verb("unlock", unlockVerb(steps["deploy:lock-owner"], steps["deploy:unlock-force"]));
    app.option("lock-reason", {
      short: "m",
      desc: "why, for whom the lock keeps out: TEXT",
      setting: "lockReason",
      verbs: ["lock"],
    });
    app.option("lock-wait", {
      type: "duration",
      desc: "wait for somebody else's lock: TIME, such as 5m",
      setting: "lockWait",
    });
    for (const [stage, names] of Object.entries(STEPS)) for (const name of names) app.after(stage, name);
    for (const [target, names] of Object.entries(ON_FAILURE)) for (const name of names) app.onFailure(target, name);
    for (const [target, names] of Object.entries(ALWAYS)) for (const name of names) app.always(target, name);
    return { ...flows, ...stages, steps };
  };
}

const OPTIONS: readonly string[] = ["environment", "cache", "now"] satisfies (keyof DeployOptions)[];

function refuseUnknown(options: DeployOptions): void {
  const unknown = Object.keys(options).filter((key) => !OPTIONS.includes(key));
  const [key] = unknown;
  if (key === undefined) return;
  const near = suggest(key, OPTIONS);
  const meant = near === undefined ? `It takes: ${OPTIONS.join(", ")}.` : `Did you mean "${near}"?`;
  throw new UsageError("UNKNOWN_OPTION", `deploy() takes no ${unknown.map((name) => `"${name}"`).join(", ")}.`, {
    hint: `${meant} What a deploy is like are settings: env.set({ keepReleases: 5 }).`,
  });
}

function declareStages(app: App): { readonly [name in StageName]: TaskHandle } {
  const handles = Object.entries(STAGES).map(
    ([name, desc]) =>
      [name, app.task(`deploy:${name.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}`, { desc })] as const,
  );
  return Object.fromEntries(handles) as { [name in StageName]: TaskHandle };
}

function declareTasks(app: App, control: Control): DeployHandles["steps"] {
  const steps: Steps = createSteps(control);
  const handles = Object.entries(steps).map(([name, { run, inDryRun, ...definition }]) => {
    const handle =
      run === undefined
        ? app.task(name, definition)
        : app.task(name, definition, (t) => (t.dryRun && inDryRun !== true ? undefined : run(t)));
    return [name, handle] as const;
  });
  return Object.fromEntries(handles) as DeployHandles["steps"];
}

function declareFlows(app: App, look: TaskHandle, control: Control): Pick<DeployHandles, "deploy" | "rollback" | "adopt"> {
  const rollingFrom = "deploy:publishing";
  return {
    deploy: app.flow("deploy", DEPLOY, {
      desc: "Deploy a new release",
      rollingFrom,
      prefetch: ["resolvedRevision"],
      args: deployArgs,
      sets: refSettings,
      look: deployLook(look, control),
    }),
    rollback: app.flow("rollback", ROLLBACK, {
      desc: "Go back to the release before, or to another one",
      rollingFrom,
      args: rollbackArgs,
      look: rollbackLook(look, control),
    }),
    adopt: app.flow("adopt", ADOPT, {
      desc: "Take over releases that Deployer, Mina, Ansistrano, Shipit or pm2 has made",
      look: adoptLook(look, control),
    }),
  };
}

function createControl(options: DeployOptions): Control {
  const environment = options.environment ?? process.env;
  const chosen = environment["XDG_CACHE_HOME"] ?? "";
  const caches = isAbsolute(chosen) ? chosen : join(environment["HOME"] || findHome(), ".cache");
  return { environment, cache: options.cache ?? join(caches, "fake-deploy"), now: options.now ?? Date.now };
}

function findHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    // Containers run under ids that no user has.
    return "/";
  }
}
