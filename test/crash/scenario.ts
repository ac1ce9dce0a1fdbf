/** What is deployed, and by which deployfile: every kind of hook, linked files and directories, secrets, and an old release to remove. */
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { revisionOf } from "../../src/rehearse/deploy-path.ts";
import type { FileContent, GitRepo } from "../support/git-repo.ts";

export const VARIABLE_SECRET = "hush-7f3a9c21-variable";
export const LINKED_SECRET = "hush-52be80d4-linked";

export const TREE = (version: string): Readonly<Record<string, FileContent>> => ({
  "index.txt": `${version}\n`,
  "bin/start": { executable: `#!/bin/sh\necho ${version}\n` },
  "config/settings.json": `{"version":"${version}"}\n`,
});

export function deployfileText(
  hosts: readonly { readonly name: string; readonly deployPath: string }[],
  repository: string,
): string {
  const list = hosts.map(({ name, deployPath }) => JSON.stringify({ host: name, deployPath }));
  return `
import { defineDeployfile, type Secret, secret } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";

export default defineDeployfile<{ token: Secret; settingsFile: Secret }>(({ env, role, task, before, after, use }) => {
  const steps = use(deploy());
  env.set({
    application: "shop",
    repoUrl: ${JSON.stringify(repository)},
    branch: "main",
    keepReleases: 3,
    minFreeSpace: 0,
    linkedDirs: ["uploads"],
    linkedFiles: [".env"],
    token: secret(${JSON.stringify(VARIABLE_SECRET)}),
    settingsFile: secret(${JSON.stringify(`SECRET=${LINKED_SECRET}\n`)}),
  });
  role("all", [${list.join(", ")}]);

  const settings = task("settings", "Send the settings", async (t) => {
    await t.writeFile(t.env.sharedPath + "/.env", t.env.settingsFile);
  });
  const build = task("build", "Build", async (t) => {
    await t.within(t.env.releasePath).vars({ TOKEN: t.env.token }).run("echo token $TOKEN; cat .env; echo built >built");
  });
  const stamp = task("stamp", { desc: "Stamp", commands: (t) => [t.within(t.env.releasePath).cmd("echo stamped >stamp")] });
  const warm = task("warm", { desc: "Warm up", commands: (t) => [t.within(t.env.currentPath).cmd("cat index.txt >/dev/null")] });
  const restart = task("restart", "Restart", async (t) => { await t.run("echo restarted >>$HOME/restarts"); });
  after("deploy:set-current-revision", settings);
  after("deploy:symlink:linked-dirs", build);
  before(steps.updated, stamp);
  after("deploy:symlink:release", warm);
  after(steps.finished, restart);
});
`;
}

/** What is missing or wrong in a release of the scenario. */
export function findFault(repo: GitRepo, deployPath: string, id: string): string | undefined {
  const release = join(deployPath, "releases", id);
  const revision = revisionOf(deployPath, id);
  if (revision === undefined || !/^[0-9a-f]{40}$/.test(revision)) return "REVISION is not a commit";
  const files = filesOf(repo, revision);
  for (const [path, content] of files) {
    if (!existsSync(join(release, path))) return `${path} is missing`;
    if (readFileSync(join(release, path), "utf8") !== content) return `${path} is not that of its commit`;
  }
  for (const [path, content] of [
    ["built", "built\n"],
    ["stamp", "stamped\n"],
  ] as const) {
    if (!existsSync(join(release, path))) return `${path} is missing: a hook did not run`;
    if (readFileSync(join(release, path), "utf8") !== content) return `${path} is cut short`;
  }
  for (const link of [".env", "uploads"]) {
    if (lstatSync(join(release, link), { throwIfNoEntry: false })?.isSymbolicLink() !== true) return `${link} is not linked`;
    if (!existsSync(join(release, link))) return `${link} is linked to nothing`;
  }
  if (!readFileSync(join(release, ".env"), "utf8").includes(LINKED_SECRET)) return ".env is not whole";
  return undefined;
}

const known = new Map<string, ReadonlyMap<string, string>>();

function filesOf(repo: GitRepo, revision: string): ReadonlyMap<string, string> {
  const found =
    known.get(revision) ?? new Map(Object.keys(TREE("")).map((path) => [path, `${repo.git("show", `${revision}:${path}`)}\n`]));
  known.set(revision, found);
  return found;
}
