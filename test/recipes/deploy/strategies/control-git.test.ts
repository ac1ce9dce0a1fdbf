import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { secret } from "../../../../src/index.ts";
import { openClone, packCommits } from "../../../../src/recipes/deploy/strategies/control-clone.ts";
import { createControlGit } from "../../../../src/recipes/deploy/strategies/control-git.ts";
import { askRemote, gitReason } from "../../../../src/recipes/deploy/strategies/remote-refs.ts";
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

describe("git on the control machine", () => {
  it("works in an environment with editors, pagers and other people's git settings", async () => {
    const sha = repo.commit({ a: "1" });
    const environment = {
      ...control.environment,
      EDITOR: "vi",
      PAGER: "less",
      VISUAL: "vi",
      PREFIX: "/x",
      GIT_DIR: "/nonexistent",
      GIT_EXEC_PATH: "/x",
      GIT_ASKPASS: "x",
    };
    const refs = await askRemote({ ...control, environment }, request(repo.directory));
    expect(refs.refs.get("refs/heads/main")).toBe(sha);
  });

  it("never runs what a URL or a name says", async () => {
    const pwned = join(folder, "pwned");
    for (const url of [`ext::sh -c touch% ${pwned}`, `--upload-pack=touch ${pwned}`]) {
      await expect(askRemote(control, request(url))).rejects.toThrow();
    }
    await expect(askRemote(control, { ...request(repo.directory), ref: `--upload-pack=touch ${pwned}` })).resolves.toMatchObject({
      refs: new Map(),
    });
    expect(existsSync(pwned)).toBe(false);
  });

  it("gets a password through its environment, and ssh is told not to ask", async () => {
    repo.commit({ a: "1" });
    const show = join(folder, "show");
    writeFileSync(show, `#!/bin/sh\nenv | grep -E '^(GIT|FAKE)_' >${join(folder, "env")}\nexec git "$@"\n`, { mode: 0o755 });
    const environment = { ...control.environment, GIT_SSH_COMMAND: "ssh -i key" };
    const repository = { url: repo.directory, password: secret("s3cr3t") };
    const git = await createControlGit({ ...control, environment }, repository);
    const shown = await git.customBinary(show).raw(["config", "--get-all", "credential.helper"]);
    expect(shown).toContain("$FAKE_GIT_PASSWORD");
    expect(shown).not.toContain("s3cr3t");
    const vars = readFileSync(join(folder, "env"), "utf8");
    expect(vars).toContain("FAKE_GIT_PASSWORD=s3cr3t");
    expect(vars).toContain("GIT_SSH_COMMAND=ssh -i key -o BatchMode=yes -o ConnectTimeout=15");
    expect(vars).toContain("GIT_TERMINAL_PROMPT=0");
  });

  it("says why it failed in one line", async () => {
    const error = await askRemote(control, request("/nonexistent/app.git")).catch((thrown: unknown) => thrown);
    expect(gitReason(error)).toBe("'/nonexistent/app.git' does not appear to be a git repository");
  });
});

describe("a clone on the control machine", () => {
  it("is the user's own repository where repoUrl is a path", async () => {
    const sha = repo.commit({ a: "1" });
    const clone = await openClone(control, { url: repo.directory, password: undefined }, sha);
    expect([clone.directory, existsSync(control.cache)]).toEqual([repo.directory, false]);
  });

  it("takes fetches of several runs at once", { timeout: 60_000 }, async () => {
    const daemon = await startGitDaemon(folder);
    try {
      const branches = Array.from({ length: 40 }, (_, at) => `b${at}`);
      const move = (): string => {
        const sha = repo.commit({ a: String(Math.random()) });
        for (const branch of branches) repo.git("branch", "--force", branch);
        return sha;
      };
      const repository = { url: `git://127.0.0.1:${daemon.port}/repository`, password: undefined };
      move();
      await openClone(control, repository);
      for (let round = 0; round < 4; round++) {
        const sha = move();
        const clones = await Promise.all([1, 2, 3].map(() => openClone(control, repository, sha)));
        expect(clones.map(({ directory }) => existsSync(join(directory, "HEAD")))).toEqual([true, true, true]);
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
      expect(readdirSync(join(control.cache, "repositories"))).toEqual([clone.directory.split("/").at(-1)]);
      const second = repo.commit({ a: "2" });
      await openClone(control, repository, second);
      expect((await packCommits(control, clone, second, [first])).file).toContain(second);
      await daemon.stop();
      await expect(openClone(control, repository, second)).resolves.toEqual(clone);
      await expect(openClone(control, repository, "0".repeat(40))).rejects.toThrow("cannot be read");
    } finally {
      await daemon.stop();
    }
  });

  it("says that a commit is not there", async () => {
    repo.commit({ a: "1" });
    await expect(openClone(control, { url: repo.directory, password: undefined }, "0".repeat(40))).rejects.toThrow("is not in");
  });

  it("makes the same pack once, and throws old ones away", async () => {
    const first = repo.commit({ a: "1" });
    const second = repo.commit({ a: "2" });
    const clone = await openClone(control, { url: repo.directory, password: undefined }, second);
    const [one, same, whole] = [
      await packCommits(control, clone, second, [first, "0".repeat(40)]),
      await packCommits(control, clone, second, [first]),
      await packCommits(control, clone, second, []),
    ];
    expect([one.file === same.file, one.file === whole.file]).toEqual([true, false]);
    const later = { ...control, now: () => Date.now() + 2 * 86_400_000 };
    await packCommits(later, clone, first, []);
    expect(readdirSync(join(control.cache, "packs"))).toHaveLength(1);
  });
});
