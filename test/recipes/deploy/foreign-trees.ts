import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Trees as other tools leave them, after the sources of Deployer 7, Mina 1.2, Ansistrano 4, shipit-deploy 5 and pm2-deploy 1. */

export interface ForeignTree {
  readonly tool: string;
  /** What `current` says. */
  readonly current: (root: string) => string;
  /** Directories beside each other as seen from `releases`, oldest first, by status once they are adopted. */
  readonly releases: readonly (readonly [name: string, status: "good" | "live" | "bad" | "unknown"])[];
  /** Makes it. @param repository which has the commits @param shas a commit for each release */
  make(root: string, repository: string, shas: readonly string[]): void;
}

function put(root: string, path: string, text: string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { flag: "a" });
}

/** A release whose directory was made on a day of 2025. */
function release(root: string, name: string, day: number, sha: string, file = "REVISION"): void {
  put(root, `releases/${name}/app.js`, `from ${sha}`);
  if (file !== "") put(root, `releases/${name}/${file}`, `${sha}\n`);
  const made = new Date(Date.UTC(2025, 0, day, 12));
  utimesSync(join(root, "releases", name), made, made);
}

export const foreignTrees: readonly ForeignTree[] = [
  {
    tool: "Deployer",
    current: () => "releases/10",
    releases: [
      ["8", "good"],
      ["9", "bad"],
      ["10", "live"],
    ],
    make(root, _, shas) {
      for (const [at, name] of ["8", "9", "10", "11"].entries()) {
        // What runs there may have changed the time since.
        release(root, name, 20 - at, shas[at] ?? "");
        const line = { created_at: `2025-01-0${at + 1}T12:00:00+0000`, release_name: name, user: "anton", target: "main" };
        put(root, ".dep/releases_log", `${JSON.stringify(line)}\n`);
      }
      put(root, "releases/9/BAD_RELEASE", "2025-01-03T12:00:00+0000,anton\n");
      put(root, ".dep/latest_release", "11\n");
      symlinkSync("releases/11", join(root, "release"));
      symlinkSync("releases/10", join(root, "current"));
    },
  },
  {
    tool: "Mina",
    current: (root) => `${root}/releases/3`,
    releases: [
      ["1", "good"],
      ["2", "good"],
      ["3", "live"],
    ],
    make(root, repository, shas) {
      for (const [at, name] of ["1", "2", "3"].entries()) release(root, name, at + 1, shas[at] ?? "", ".mina_git_revision");
      put(root, "last_version", "3\n");
      execFileSync("git", ["clone", "--quiet", "--bare", repository, join(root, "scm")]);
      symlinkSync(join(root, "releases/3"), join(root, "current"));
    },
  },
  {
    tool: "Ansistrano",
    current: () => "./releases/20250103120000Z",
    releases: [
      ["20250102120000Z", "unknown"],
      ["20250103120000Z", "live"],
      ["20250104120000Z", "unknown"],
    ],
    make(root, _, shas) {
      for (const [at, name] of ["20250102120000Z", "20250103120000Z", "20250104120000Z"].entries())
        release(root, name, 9, shas[at] ?? "");
      symlinkSync("./releases/20250103120000Z", join(root, "current"));
    },
  },
  {
    tool: "Shipit",
    current: () => "releases/20250103120000",
    releases: [
      ["20250101120000", "unknown"],
      ["20250102120000", "unknown"],
      ["20250103120000", "live"],
    ],
    make(root, _, shas) {
      for (const [at, name] of ["20250101120000", "20250102120000", "20250103120000"].entries())
        release(root, name, 9, shas[at] ?? "");
      symlinkSync("releases/20250103120000", join(root, "current"));
    },
  },
  {
    tool: "pm2 deploy",
    current: (root) => `${root}/source`,
    releases: [["../source", "live"]],
    make(root, repository, shas) {
      mkdirSync(join(root, "shared/logs"), { recursive: true });
      execFileSync("git", ["clone", "--quiet", repository, join(root, "source")]);
      execFileSync("git", ["-C", join(root, "source"), "reset", "--quiet", "--hard", shas[0] ?? ""]);
      put(root, "source/uploads/kept", "by the application");
      put(root, ".deploys", `${shas[0]}\n`);
      symlinkSync(join(root, "source"), join(root, "current"));
    },
  },
];
