import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  findCommits,
  openClone,
  type PackRequest,
  packCommits,
} from "../../../../src/recipes/deploy/strategies/control-clone.ts";
import { askRemote, unreadable } from "../../../../src/recipes/deploy/strategies/remote-refs.ts";
import type { Control } from "../../../../src/recipes/deploy/strategies/strategy.ts";
import { startGitDaemon } from "../../../support/git-daemon.ts";
import { createGitRepo, type GitRepo } from "../../../support/git-repo.ts";

let folder: string;
let repo: GitRepo;
let control: Control;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fake-control-"));
  repo = createGitRepo(join(folder, "repository"));
  control = { environment: { PATH: process.env["PATH"], HOME: folder }, cache: join(folder, "cache"), now: () => Date.now() };
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const request = (url: string): { url: string; password: undefined; ref: string } => ({ url, password: undefined, ref: "main" });

const writeConfig = (text: string): void => writeFileSync(join(folder, ".gitconfig"), text);

const requestOf = (revision: string, known: readonly string[] = []): PackRequest => ({
  run: "run",
  revision,
  known,
  shallow: [],
});

describe("the user's own repository", { timeout: 60_000 }, () => {
  const refsOf = async (url: string, environment: Readonly<Record<string, string>> = {}): Promise<ReadonlyMap<string, string>> =>
    (await askRemote({ ...control, environment: { ...control.environment, ...environment } }, request(url))).refs;

  it("is read as git reads it for its owner: the work tree is what has to be trusted", async () => {
    const sha = repo.commit({ a: "1" });
    // For git's own tests: as if the repository belonged to somebody else.
    const stranger = { GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" };
    const error = unreadable(request(repo.directory), await refsOf(repo.directory, stranger).catch((thrown: unknown) => thrown));
    expect(error.message).toContain("detected dubious ownership");
    expect(error.hint).toContain(`git config --global --add safe.directory ${repo.directory}`);
    writeConfig(`[safe]\n\tdirectory = ${repo.directory}\n`);
    expect((await refsOf(repo.directory, stranger)).get("refs/heads/main")).toBe(sha);
  });

  it("is found in all forms that git takes", async () => {
    const sha = repo.commit({ a: "1" });
    repo.git("tag", "-a", "v1", "-m", "One");
    repo.git("worktree", "add", "--quiet", "--detach", join(folder, "tree"));
    repo.git("clone", "--quiet", "--bare", repo.directory, join(folder, "bare.git"));
    repo.git("bundle", "create", "--quiet", join(folder, "app.bundle"), "--all");
    writeConfig("[safe]\n\tbareRepository = explicit\n");
    const forms = ["repository", "repository/.git", "tree", "bare.git", "bare", "app.bundle"].map((name) => join(folder, name));
    for (const url of [...forms, `file://${repo.directory}`]) {
      const refs = await refsOf(url);
      expect([url, refs.get("refs/heads/main")]).toEqual([url, sha]);
      // A bundle does not say what is behind a tag.
      if (!url.endsWith(".bundle")) expect([url, refs.get("HEAD"), refs.get("refs/tags/v1")]).toEqual([url, sha, sha]);
      const clone = await openClone(control, { url, password: undefined }, sha);
      expect([url, await findCommits(clone, sha.slice(0, 8))]).toEqual([url, [sha]]);
    }
  });

  it("is not the one around a directory that is none", async () => {
    repo.commit({ "sub/a": "1" });
    mkdirSync(join(repo.directory, "sub/.git"));
    for (const name of ["sub", "sub/.git"]) await expect(refsOf(join(repo.directory, name))).rejects.toThrow("a git repository");
  });
});

describe("a clone on the control machine", () => {
  it("is the user's own repository where repoUrl is a path", async () => {
    const sha = repo.commit({ a: "1" });
    const clone = await openClone(control, { url: repo.directory, password: undefined }, sha);
    expect([clone.mirror, existsSync(control.cache)]).toEqual([undefined, false]);
  });

  it("takes fetches of several runs at once", { timeout: 60_000 }, async () => {
    const daemon = await startGitDaemon(folder);
    try {
      const branches = Array.from({ length: 40 }, (_, at) => `b${at}`);
      const move = (): string => {
        const sha = repo.commit({ a: String(Math.random()) });
        const input = branches.map((branch) => `update refs/heads/${branch} ${sha}\n`).join("");
        execFileSync("git", ["update-ref", "--stdin"], { cwd: repo.directory, input });
        return sha;
      };
      const repository = { url: `git://127.0.0.1:${daemon.port}/repository`, password: undefined };
      move();
      await openClone(control, repository);
      for (let round = 0; round < 4; round++) {
        const sha = move();
        const clones = await Promise.all([1, 2, 3].map(() => openClone(control, repository, sha)));
        expect(clones.map(({ mirror }) => existsSync(join(mirror ?? "", "HEAD")))).toEqual([true, true, true]);
      }
    } finally {
      await daemon.stop();
    }
  });

  it("is a mirror in the cache for a repository elsewhere, brought up to date when a commit is missing", async () => {
    const daemon = await startGitDaemon(folder);
    try {
      const first = repo.commit({ a: "1" });
      const repository = { url: `git://127.0.0.1:${daemon.port}/repository`, password: undefined };
      const clone = await openClone(control, repository, first);
      expect(readdirSync(join(control.cache, "repositories"))).toEqual([basename(clone.mirror ?? "")]);
      const second = repo.commit({ a: "2" });
      await openClone(control, repository, second);
      expect((await packCommits(control, clone, requestOf(second, [first]))).file).toContain(second);
      await daemon.stop();
      await expect(openClone(control, repository, second)).resolves.toMatchObject({ mirror: clone.mirror });
      await expect(openClone(control, repository, "0".repeat(40))).rejects.toThrow("cannot be read");
    } finally {
      await daemon.stop();
    }
  });

  it("says that a commit is not there", async () => {
    repo.commit({ a: "1" });
    await expect(openClone(control, { url: repo.directory, password: undefined }, "0".repeat(40))).rejects.toThrow("is not in");
  });

  it("makes the same pack once in a run, and throws old ones away", async () => {
    const first = repo.commit({ a: "1" });
    const second = repo.commit({ a: "2" });
    const clone = await openClone(control, { url: repo.directory, password: undefined }, second);
    const [one, same, whole, other] = [
      await packCommits(control, clone, requestOf(second, [first, "0".repeat(40)])),
      await packCommits(control, clone, requestOf(second, [first])),
      await packCommits(control, clone, requestOf(second)),
      await packCommits(control, clone, { ...requestOf(second), run: "next" }),
    ];
    expect([one.file === same.file, one.file === whole.file, other.file === whole.file]).toEqual([true, false, false]);
    const later = { ...control, now: () => Date.now() + 2 * 86_400_000 };
    await packCommits(later, clone, requestOf(first));
    expect(readdirSync(join(control.cache, "packs"))).toHaveLength(1);
  });

  it("is made anew where it is damaged, or of another kind than the repository is now", async () => {
    const daemon = await startGitDaemon(folder);
    try {
      const repository = { url: `git://127.0.0.1:${daemon.port}/repository`, password: undefined };
      const clone = await openClone(control, repository, repo.commit({ a: "1" }));
      rmSync(join(clone.mirror ?? "", "objects"), { recursive: true });
      mkdirSync(join(clone.mirror ?? "", "objects"));
      const second = repo.commit({ a: "2" });
      await expect(openClone(control, repository, second)).resolves.toMatchObject({ mirror: clone.mirror });
      repo.remove();
      mkdirSync(repo.directory);
      repo.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main");
      await expect(openClone(control, repository, repo.commit({ a: "3" }))).resolves.toMatchObject({ mirror: clone.mirror });
      expect(readdirSync(join(control.cache, "repositories"))).toEqual([basename(clone.mirror ?? "")]);
    } finally {
      await daemon.stop();
    }
  });

  it("gives one pack also where packs are to be small", async () => {
    writeConfig("[pack]\n\tpackSizeLimit = 1m\n\twriteReverseIndex = true\n");
    const sha = repo.commit({ a: randomBytes(2_000_000).toString("base64"), b: randomBytes(2_000_000).toString("base64") });
    const { file } = await packCommits(control, await openClone(control, request(repo.directory), sha), requestOf(sha));
    expect(readdirSync(join(control.cache, "packs"))).toEqual([basename(file)]);
  });
});
