import { userInfo } from "node:os";
import * as z from "zod/mini";
import { FakeError, fact, type SettingsOf, setting, UsageError } from "../../index.ts";
import { COPY_WAYS } from "./copied.ts";
import type { ReleaseInfo } from "./listing.ts";
import type { LockOwner } from "./lock-owner.ts";
import { REF_KINDS, type RefKind } from "./revision.ts";
import {
  absolutePath,
  byteSize,
  deployPathSchema,
  linkedPaths,
  meetings,
  refSchema,
  repoUrlSchema,
  resolvedSchema,
  revisionSchema,
  strategySchema,
  treePath,
  waitingTime,
  writableBySchema,
} from "./setting-schemas.ts";
import type { HostState } from "./state.ts";
import { pickStrategy, type StrategyName } from "./strategies/pick.ts";
import type { Artifact, Control, ResolvedRevision, Strategy } from "./strategies/strategy.ts";
import type { WritableBy } from "./writable.ts";

/** What the recipe knows by name: the one source of validation, reference and template. */
export function declareSettings(control: Control) {
  return {
    application: setting(z.string().check(z.minLength(1)), {
      desc: "Name of the application, for your own settings",
      example: '"shop"',
    }),
    repoUrl: setting(repoUrlSchema, {
      desc: "Repository of the code: an https or ssh URL, user@host:path, or an absolute path",
      example: '"git@example.com:shop/app.git"',
      required: { key: "scm", when: (scm) => typeof scm === "string" },
    }),
    branch: setting(refSchema, {
      desc: "Branch, tag or commit to deploy; HEAD is the repository's default branch",
      default: "HEAD",
      example: '"main"',
    }),
    refKind: setting(z.enum(REF_KINDS), {
      desc: "What branch names: a branch, a tag or a commit only, or any of them",
      default: "any",
    }),
    scm: setting(strategySchema, {
      desc: "How code reaches a host: git (each host fetches it), push (this machine sends it), or a strategy of your own",
      default: "git",
    }),
    repoTree: setting(treePath, { desc: "Deploy only this directory of the repository", default: "", example: '"packages/web"' }),
    submodules: setting(z.union([z.boolean(), z.literal("fail")]), {
      desc: 'Deploy submodules (true), leave them out (false), or refuse a revision that has any ("fail")',
      default: "fail",
    }),
    gitMaxConnections: setting(z.int().check(z.minimum(1)), {
      desc: "Most hosts that contact the repository, or are sent commits, at once",
      default: 10,
    }),
    lfsPointers: setting(z.boolean(), { desc: "Deploy files in Git LFS as pointers instead of refusing them", default: false }),

    linkedDirs: setting(linkedPaths, {
      desc: "Directories of shared that are linked into each release",
      default: [],
      example: '["uploads"]',
    }),
    linkedFiles: setting(linkedPaths, {
      desc: "Files of shared that are linked into each release",
      default: [],
      example: '[".env"]',
      beside: { key: "linkedDirs", faults: (files, dirs) => meetings(files, dirs as readonly string[]) },
    }),
    copyDirs: setting(linkedPaths, {
      desc: "Directories that a new release gets from the one that is live, where the revision does not have them",
      default: [],
      example: '["node_modules"]',
      beside: { key: "linkedDirs", faults: (copied, dirs) => meetings(copied, dirs as readonly string[]) },
    }),
    copyDirsBy: setting(z.enum(COPY_WAYS), {
      desc: "copy (shared where a file system can), or hardlink: then writing into a file changes both releases",
      default: "copy",
    }),
    writableDirs: setting(linkedPaths, {
      desc: "Directories of a release, or of shared, that the application may write into",
      default: [],
      example: '["cache"]',
    }),
    writableBy: setting(writableBySchema, {
      desc: "Who may write into writableDirs: by mode, a group, or one user (by an access control list)",
      default: { mode: "775" } as WritableBy,
      example: '{ group: "www-data" }',
    }),
    keepReleases: setting(z.int().check(z.minimum(1)), {
      desc: "Good releases to keep on a host, the current one included",
      default: 5,
    }),
    minFreeSpace: setting(byteSize, {
      desc: "Refuse to deploy with less free disk space: bytes, or text like 50M",
      default: "50M",
    }),
    archiveRolledBack: setting(z.boolean(), {
      desc: "After a rollback, pack the release that was left and remove it",
      default: false,
    }),
    skipSame: setting(z.boolean(), {
      desc: "Deploy nothing where the commit is live on all hosts, and its deploy came to its end; --force does so anyway",
      default: false,
    }),
    rollbackOnFailure: setting(z.boolean(), {
      desc: "Go back to the release before when something fails after publishing",
      default: false,
    }),
    lockReason: setting(z.string().check(z.maxLength(200)), {
      desc: "Why you deploy: shown to whom the lock keeps out",
      default: "",
    }),
    lockWait: setting(waitingTime, {
      desc: 'How long to wait for a lock that somebody else has: text like "5m", or milliseconds; 0 does not wait',
      default: 0,
    }),
    localUser: setting(z.string().check(z.minLength(1)), {
      desc: "Who deploys, for the lock and the log",
      default: findLocalUser,
    }),

    deployPath: setting(deployPathSchema, {
      desc: "Directory of the application on a host",
      example: '"/srv/shop"',
      required: true,
    }),
    releasesPath: setting(absolutePath, {
      desc: "Directory of the releases",
      default: (env): string => `${env.deployPath}/releases`,
    }),
    sharedPath: setting(absolutePath, {
      desc: "Directory of what all releases share",
      default: (env): string => `${env.deployPath}/shared`,
    }),
    repoPath: setting(absolutePath, { desc: "Clone of the repository", default: (env): string => `${env.deployPath}/repo` }),
    currentPath: setting(absolutePath, {
      desc: "Link to the release that is live",
      default: (env): string => `${env.deployPath}/current`,
    }),

    resolvedRevision: setting(resolvedSchema, {
      desc: "What is deployed: what branch stands for, or what the strategy says. Asked once in a run",
      default: async (env): Promise<ResolvedRevision> => {
        const strategy = pickStrategy((await env.get("scm")) as StrategyName | Strategy);
        refuseKind(strategy, (await env.get("refKind")) as RefKind);
        return await strategy.resolveRevision(env, control);
      },
    }),
    revision: setting(revisionSchema, {
      desc: "Id of what is deployed: of a commit, or as the strategy names it",
      // Not async: it is there as soon as the other is, and nothing has to wait a second time.
      default: (env): string => {
        const resolved = env.resolvedRevision;
        if (resolved.id !== undefined) return resolved.id;
        const { label, reason } = resolved;
        throw new FakeError("REVISION_NOT_KNOWN_YET", `A host has to say which revision ${label} is: ${reason}.`);
      },
    }),
    releaseId: fact<string>("Id of the release that is being made, or gone back to"),
    releasePath: fact("Directory of that release; of the current one where no flow has chosen one", {
      default: (env): string => env.currentPath,
    }),
    previousRevision: fact("Id of what was live before; empty when there was none", { default: "" }),
    publishedRelease: fact("Id of the release that this run has published on the host; empty before that", { default: "" }),
    currentBefore: fact<HostState["current"]>("What `current` was when the run began"),
    releaseState: fact<HostState>("What the host says of its releases"),
    releaseArtifact: fact<Artifact | null>("File that is sent to the host", { default: null }),
    releases: fact<readonly ReleaseInfo[]>("The host's releases, for people"),
    lockOwner: fact<LockOwner | null>("Who holds the host's lock", { default: null }),
  };
}

/** The settings and facts of the recipe by type, as they are declared. What each is for and its default: `docs/settings.md`. */
export interface DeploySettings extends SettingsOf<ReturnType<typeof declareSettings>> {}

// The recipe's index.ts names this file's interface, or no declaration file of the package would lead a compiler here.
declare module "fake-deploy" {
  interface Settings extends DeploySettings {}
}

/** A strategy that does not look at the kind would deploy something else. */
function refuseKind({ name, refKinds = [] }: Strategy, kind: RefKind): void {
  if (kind === "any" || refKinds.includes(kind)) return;
  throw new UsageError("REF_KIND", `The strategy ${name} takes no ${kind}: --${kind} cannot say what it deploys.`, {
    hint: refKinds.length === 0 ? "-s branch=... sets what it may read." : `It takes: ${refKinds.join(", ")}.`,
  });
}

function findLocalUser(): string {
  try {
    return userInfo().username;
  } catch {
    // Containers run under ids that no user has.
    return "unknown";
  }
}
