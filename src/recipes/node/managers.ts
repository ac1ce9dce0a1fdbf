/** Package managers by what they are called with: the one list of lockfiles. `yarn` is its first version, `berry` all later ones. */

export type ManagerKind = "npm" | "pnpm" | "yarn" | "berry" | "bun";

export interface Manager {
  readonly program: string;
  /** Installs what is in the lockfile, and nothing else. */
  readonly frozen: readonly string[];
  /** What a host adds: nobody is there to ask, and no file of a release is one of a store or a cache. */
  readonly unattended: readonly string[];
  /** With or without development dependencies, whatever NODE_ENV is: `findings/node-env-production-install.sh` has what it is to each of them. */
  readonly dev: readonly string[];
  readonly noDev: readonly string[];
  /** Removes development dependencies. */
  readonly prune: readonly string[];
  /** Variables that say where downloads are kept, and the directory for it below the shared one. */
  readonly caches: Readonly<Record<string, string>>;
}

export const MANAGERS: Readonly<Record<ManagerKind, Manager>> = {
  npm: {
    program: "npm",
    frozen: ["ci"],
    unattended: ["--no-audit", "--no-fund"],
    dev: ["--include=dev"],
    noDev: ["--omit=dev"],
    prune: ["prune", "--omit=dev", "--no-audit", "--no-fund"],
    caches: { npm_config_cache: "npm" },
  },
  pnpm: {
    program: "pnpm",
    frozen: ["install", "--frozen-lockfile"],
    unattended: ["--package-import-method=clone-or-copy"],
    dev: ["--prod=false"],
    noDev: ["--prod"],
    prune: ["prune", "--prod"],
    caches: { npm_config_store_dir: "pnpm", pnpm_config_store_dir: "pnpm" },
  },
  yarn: {
    program: "yarn",
    frozen: ["install", "--frozen-lockfile"],
    unattended: ["--non-interactive"],
    dev: ["--production=false"],
    noDev: ["--production=true"],
    prune: ["install", "--frozen-lockfile", "--non-interactive", "--production=true", "--ignore-scripts"],
    caches: { YARN_CACHE_FOLDER: "yarn" },
  },
  berry: {
    program: "yarn",
    frozen: ["install", "--immutable"],
    unattended: [],
    dev: [],
    // It has none but that of its workspaces.
    noDev: [],
    prune: ["workspaces", "focus", "--all", "--production"],
    caches: { YARN_GLOBAL_FOLDER: "yarn" },
  },
  bun: {
    program: "bun",
    frozen: ["install", "--frozen-lockfile"],
    unattended: ["--backend=copyfile"],
    dev: [],
    noDev: ["--production"],
    prune: ["install", "--frozen-lockfile", "--production"],
    caches: { BUN_INSTALL_CACHE_DIR: "bun" },
  },
};

/** The program behind each lockfile; of two files of the same one the first counts. */
export const LOCKFILES: Readonly<Record<string, "npm" | "pnpm" | "yarn" | "bun">> = {
  "pnpm-lock.yaml": "pnpm",
  "yarn.lock": "yarn",
  "bun.lock": "bun",
  "bun.lockb": "bun",
  "npm-shrinkwrap.json": "npm",
  "package-lock.json": "npm",
};
