import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkMirror } from "../../../../src/recipes/deploy/strategies/check-mirror.ts";
import { git } from "../../../../src/recipes/deploy/strategies/git.ts";
import { remoteGit, updateMirror } from "../../../../src/recipes/deploy/strategies/mirror.ts";
import { type GitSource, gitVars, parseRepository } from "../../../../src/recipes/deploy/strategies/repository.ts";
import type { BuildContext } from "../../../../src/recipes/deploy/strategies/strategy.ts";
import { createGitRepo, type GitRepo } from "../../../support/git-repo.ts";
import { nowhere } from "../../../support/nowhere.ts";
import { buildContext } from "../build-context.ts";
import { createShellHost, type Ran, SHA, type ShellHost, shells } from "../shell-host.ts";

let folder: string;
let repo: GitRepo;
let host: ShellHost;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fake-mirror-"));
  repo = createGitRepo(join(folder, "repository"));
});

afterEach(() => {
  host.remove();
  rmSync(folder, { recursive: true, force: true });
});

function sourceOf(revision: string, more: Partial<GitSource> = {}): GitSource {
  const repository = { url: repo.directory, password: undefined };
  return { paths: host.paths, run: "run1", repository, revision, repoTree: "", submodules: "fail", lfsPointers: false, ...more };
}

function contextOf(revision: string, settings: Readonly<Record<string, unknown>>): BuildContext {
  return buildContext({ paths: host.paths, revision }, { repoUrl: repo.directory, ...settings });
}

const vars = gitVars({ url: "", password: undefined }) as Record<string, string>;
const update = (source: GitSource): Ran => host.run(updateMirror(source), { vars });

const runGit = (...args: string[]): Buffer => execFileSync("git", args, { stdio: "pipe" });

/** What the check of the mirror prints. */
function found(revision: string): readonly string[] {
  const ran = host.run(`say() { printf "$@"; }\n${checkMirror(sourceOf(revision)).script}`, { vars });
  expect(ran.stderr).toBe("");
  return ran.stdout
    .trim()
    .split("\n")
    .filter((line) => line !== "");
}

describe.each(shells)("the mirror in $name", { timeout: 30_000 }, (shell) => {
  beforeEach(() => {
    host = createShellHost(shell);
  });

  it("moves to another repository when the URL has changed", () => {
    expect(update(sourceOf(repo.commit({ a: "1" }))).code).toBe(0);
    const moved = createGitRepo(join(folder, "moved"));
    const sha = moved.commit({ b: "2" });
    expect(update(sourceOf(sha, { repository: { url: moved.directory, password: undefined } }))).toMatchObject({ code: 0 });
    expect(host.read("repo/config")).toContain(moved.directory);
  });

  it("says that a commit is not in the repository", () => {
    repo.commit({ a: "1" });
    for (const round of ["cold", "warm"]) {
      const ran = update(sourceOf(SHA));
      expect([round, ran.code, ran.stderr]).toEqual([round, 1, expect.stringContaining(`The commit ${SHA} is not in`)]);
    }
  });

  it("fetches a commit that no branch leads to any more", () => {
    repo.commit({ a: "1" });
    const lost = repo.commit({ a: "2" });
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true");
    update(sourceOf(repo.sha("HEAD~1")));
    repo.git("reset", "--quiet", "--hard", "HEAD~1");
    expect(update(sourceOf(lost))).toMatchObject({ code: 0 });
  });

  it("is cloned again beside when it cannot be fetched into, and swapped", () => {
    update(sourceOf(repo.commit({ a: "1" })));
    const sha = repo.commit({ a: "2" });
    host.write("repo/refs/heads/main.lock", "");
    host.write("repo/packed-refs.lock", "");
    const ran = update(sourceOf(sha));
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining("damaged")]);
    expect(host.exists("repo/packed-refs.lock")).toBe(false);
    expect(readdirSync(host.paths.root).filter((name) => name.startsWith("repo"))).toEqual(["repo"]);
  });

  it("is left as it is when the repository cannot be reached", () => {
    const first = repo.commit({ a: "1" });
    update(sourceOf(first));
    const sha = repo.commit({ a: "2" });
    repo.remove();
    expect(update(sourceOf(sha)).code).not.toBe(0);
    expect(update(sourceOf(first)).code).toBe(0);
  });

  it.each([
    ["no repository", "is not a git repository.", () => host.write("repo/notes.txt", "mine")],
    ["a work tree", "is the work tree of a repository, and no mirror.", () => runGit("init", "--quiet", host.paths.repo)],
    [
      "somebody's own",
      "is a repository of its own, and no mirror.",
      () => {
        runGit("clone", "--quiet", "--bare", repo.directory, host.paths.repo);
        runGit(`--git-dir=${host.paths.repo}`, "remote", "remove", "origin");
      },
    ],
  ])("is found in the check to be %s, before anything is fetched", (_, problem, make) => {
    repo.commit({ a: "1" });
    make();
    expect(found(SHA)).toEqual([`problem ${host.paths.repo} ${problem}`, "mend Set repoPath to a path that is free."]);
  });

  it("is found in the check to be well, whoever has made it, and to be of another repository", () => {
    const sha = repo.commit({ a: "1" });
    expect(found(sha)).toEqual([]);
    mkdirSync(host.paths.repo);
    expect(found(sha)).toEqual([]);
    update(sourceOf(sha));
    expect(found(sha)).toEqual([]);
    runGit(`--git-dir=${host.paths.repo}`, "config", "remote.origin.url", "https://ada:s3cret@example.com/it's #1.git");
    expect(found(sha)).toEqual([
      `remark ${host.paths.repo} is a mirror of https://example.com/it's #1.git: from now on it follows repoUrl.`,
    ]);
  });

  it("does not take the place of a directory that is no repository", () => {
    host.write("repo/notes.txt", "mine");
    const ran = update(sourceOf(repo.commit({ a: "1" })));
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("is not a git repository")]);
    expect(host.read("repo/notes.txt")).toBe("mine");
  });

  it("removes what a crashed run left beside it", () => {
    mkdirSync(`${host.paths.repo}.new-crashed`, { recursive: true });
    expect(update(sourceOf(repo.commit({ a: "1" }))).code).toBe(0);
    expect(readdirSync(host.paths.root)).toEqual(["repo"]);
  });

  it("uses no protocol that runs commands", () => {
    const url = `ext::sh -c touch% ${join(folder, "pwned")}`;
    expect(update(sourceOf(SHA, { repository: { url, password: undefined } })).code).not.toBe(0);
    expect(readdirSync(folder)).not.toContain("pwned");
  });

  it("is reached by the ssh that git on the host would take, which is told not to ask", () => {
    const url = `ssh://git.invalid${repo.directory}`;
    const write = (name: string, check: string): string => {
      mkdirSync(join(folder, name), { recursive: true });
      const file = join(folder, name, name);
      writeFileSync(file, `#!/bin/sh\n${check} || exit 1\nfor last; do :; done\neval "$last"\n`, { mode: 0o755 });
      return file;
    };
    const [other, wrong] = [write("other", '[ "$1" != -G ] && [ $# = 2 ]'), `${nowhere}/ssh`];
    const ssh = write("ssh", 'case "$*" in *BatchMode=yes*) : ;; *) false ;; esac');
    const config = (value: string): object => ({
      ...{ GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "core.sshCommand", GIT_CONFIG_VALUE_0: value },
    });
    const ways = [other, ssh].flatMap((own) => [
      { GIT_SSH: own },
      { ...config(own), GIT_SSH: wrong },
      { ...config(wrong), GIT_SSH_COMMAND: own },
    ]);
    for (const way of ways) {
      const sha = repo.commit({ a: String(Math.random()) });
      const ran = host.run(updateMirror(sourceOf(sha, { repository: { url, password: undefined } })), {
        vars: { ...vars, ...way },
      });
      expect([way, ran.code, ran.stderr]).toEqual([way, 0, ""]);
    }
  });

  it("builds submodules at their pinned commits, nested ones too, with and without repoTree", { timeout: 90_000 }, () => {
    const inner = createGitRepo(join(folder, "inner"));
    inner.commit({ "inner.txt": "inner" });
    const lib = createGitRepo(join(folder, "lib"));
    lib.commit({ "lib.txt": "pinned" });
    lib.git("submodule", "--quiet", "add", "../inner", "nested dir");
    lib.commit({});
    repo.commit({ "app.js": "v1" });
    repo.git("submodule", "--quiet", "add", "../lib", "packages/web/lib");
    const sha = repo.commit({ "packages/web/index.html": "web" });
    lib.commit({ "lib.txt": "newer" });
    repo.git("-C", "packages/web/lib", "pull", "--quiet");
    const newer = repo.commit({});
    const build = (id: string, revision: string, repoTree: string, more: Readonly<Record<string, string>> = {}): void => {
      const context = contextOf(revision, { submodules: true, repoTree });
      mkdirSync(join(host.paths.releases, id), { recursive: true });
      for (const command of [...(git.transfer?.(context) ?? []), git.createRelease(context, id)]) {
        expect(host.run(command.text, { vars: { ...vars, ...more } })).toMatchObject({ code: 0, stderr: "" });
      }
    };
    build("20261120101500", newer, "");
    build("20261120101501", sha, "");
    build("20261120101502", sha, "packages/web");
    expect(host.read("releases/20261120101500/packages/web/lib/lib.txt")).toBe("newer");
    expect(host.read("releases/20261120101501/packages/web/lib/lib.txt")).toBe("pinned");
    expect(host.read("releases/20261120101501/packages/web/lib/nested dir/inner.txt")).toBe("inner");
    expect(host.read("releases/20261120101502/lib/nested dir/inner.txt")).toBe("inner");
    expect(readdirSync(join(host.paths.releases, "20261120101502")).sort()).toEqual(["index.html", "lib"]);
    // Somebody else deploys to what is there, and makes anew what is not: for git, all of it belongs to another user.
    const origins = [repo, lib, inner].map(({ directory }) => `\tdirectory = ${directory}/.git\n`);
    writeFileSync(join(folder, ".gitconfig"), `[safe]\n${origins.join("")}`);
    const other = { HOME: folder, GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" };
    build("20261120101503", newer, "", other);
    rmSync(`${host.paths.fake}/submodules`, { recursive: true });
    build("20261120101504", newer, "packages/web", other);
    expect(host.read("releases/20261120101503/packages/web/lib/lib.txt")).toBe("newer");
    expect(host.read("releases/20261120101504/lib/nested dir/inner.txt")).toBe("inner");
  });
});

describe("the short id of a commit, asked on the host", () => {
  it.each(shells)("is found in the mirror, and fetched for when it is not, in $name", (shell) => {
    host = createShellHost(shell);
    const sha = repo.commit({ a: "1" });
    const ref = sha.slice(0, 7);
    const ask = (branch: string): Ran => host.run(git.onHost?.ask(contextOf("", { branch })).text ?? "", { vars });
    const parse = (ran: Ran, branch: string): unknown => git.onHost?.parse(ran.stdout, contextOf("", { branch }));
    expect(parse(ask(ref), ref)).toMatchObject({ id: sha });
    const capitals = ref.toUpperCase();
    expect(parse(ask(capitals), capitals)).toMatchObject({ id: sha });
    const second = repo.commit({ a: "2" });
    const found = ask(second.slice(0, 7));
    expect(parse(found, second.slice(0, 7))).toMatchObject({ id: second });
    const none = ask("0123456");
    expect(() => parse(none, "0123456")).toThrow("is not a branch, tag or commit");
  });
});

describe("a password in repoUrl", () => {
  it("is in no command's text", () => {
    host = createShellHost();
    const repository = parseRepository("https://deployer:s3cr3t%40@git.example.com/app.git");
    expect([repository.url, repository.password?.reveal()]).toEqual(["https://deployer@git.example.com/app.git", "s3cr3t@"]);
    const text = updateMirror(sourceOf(SHA, { repository }));
    expect(text).not.toContain("s3cr3t");
    expect(text).toContain("FAKE_GIT_PASSWORD");
  });

  it.each([
    ["https://git.example.com:8443/other.git", "s3cr3t"],
    ["https://GIT.example.com:8443/app.git", "s3cr3t"],
    ["http://git.example.com:8443/app.git", "stored"],
    ["https://git.example.com/app.git", "stored"],
    ["https://sub.git.example.com:8443/app.git", "stored"],
    ["https://git.example.com.invalid:8443/app.git", "stored"],
  ])("reaches git through its environment, and no server but its own: %s", (url, password) => {
    host = createShellHost();
    const repository = parseRepository("https://deployer:s3cr3t@git.example.com:8443/app.git");
    writeFileSync(join(host.paths.root, "../.gitconfig"), "[credential]\n\thelper = \"!printf 'password=stored\\\\n' #\"\n");
    const ask = `printf 'url=%s\\nusername=deployer\\n\\n' ${url} | ${remoteGit(sourceOf(SHA, { repository })).script} credential fill`;
    const ran = host.run(ask, { vars: { FAKE_GIT_PASSWORD: "s3cr3t", GIT_TERMINAL_PROMPT: "0" } });
    expect([ran.code, ran.stderr, /^password=(.*)$/m.exec(ran.stdout)?.[1]]).toEqual([0, "", password]);
  });
});
