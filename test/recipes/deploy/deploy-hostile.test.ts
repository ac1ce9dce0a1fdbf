import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { script } from "../../../src/command/sh.ts";
import { checkHost } from "../../../src/recipes/deploy/check.ts";
import { archiveRelease, removeReleases } from "../../../src/recipes/deploy/cleanup.ts";
import { freeLock, readLock } from "../../../src/recipes/deploy/lock.ts";
import { parseOwner } from "../../../src/recipes/deploy/lock-owner.ts";
import { takeLock } from "../../../src/recipes/deploy/lock-taking.ts";
import { deployedLine, logRevision } from "../../../src/recipes/deploy/log-revision.ts";
import { publish } from "../../../src/recipes/deploy/publish.ts";
import { discardRelease, makeRelease, writeRevision } from "../../../src/recipes/deploy/release.ts";
import { linkShared } from "../../../src/recipes/deploy/shared.ts";
import { parseState, readState } from "../../../src/recipes/deploy/state.ts";
import { git } from "../../../src/recipes/deploy/strategies/git.ts";
import { gitVars } from "../../../src/recipes/deploy/strategies/repository.ts";
import { posixShells } from "../../command/shells.ts";
import { createGitRepo } from "../../support/git-repo.ts";
import { unless } from "../../support/unless.ts";
import { buildContext } from "./build-context.ts";
import { createShellHost, SHA, type ShellHost } from "./shell-host.ts";

/** Each would make a file `canary`, if a shell read it, or be taken for something else than a name. */
const NAMES = [
  "$(touch canary)`touch canary`;'touch canary;'\";touch canary;\"\\';touch canary;#",
  "a & touch canary & b|touch canary>canary",
  "-rf",
  "--output=*[a-z]?{a,b}",
  "~",
  "!! $HOME ${HOME} $1 %s%n\\n\\0 é漢😀",
];
const [OLD, NEW] = ["20260101000000", "20260102000000"] as const;
const RUN = "run-1";

describe.each(posixShells)("names that a shell could read, in $name", (shell) => {
  const skipped = shell.missing === undefined ? "" : ` (skipped: ${shell.missing})`;
  let host: ShellHost;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fake-hostile-"));
  });
  afterEach(() => {
    host?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** @throws with what it said */
  function run(text: string, vars: Readonly<Record<string, string>> = {}): string {
    // yash takes no other text than that of its locale.
    const locale = shell.name === "yash" ? { LC_ALL: "C.UTF-8" } : {};
    const ran = host.run(text, { vars: { LC_ALL: "C", ...vars, ...locale } });
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    return ran.stdout;
  }

  const canaries = (): readonly string[] => {
    const places = [
      join(host.paths.root, ".."),
      host.paths.root,
      host.paths.releases,
      join(host.paths.releases, NEW),
      folder,
      ".",
    ];
    return places.filter((place) => existsSync(join(place, "canary")));
  };

  it.skipIf(shell.missing)(`are names and nothing else, in every step of a deploy${skipped}`, () => {
    for (const name of NAMES) {
      host = createShellHost(shell, name);
      const release = { id: NEW, sha: SHA, branch: name, user: name, run: RUN };
      const links = [`config/${name}`];
      run(takeLock(host.paths, { run: RUN, host: name, user: name, control: name, command: name, reason: name }));
      expect(parseOwner(run(readLock(host.paths).script))).toMatchObject({ host: name, user: name, reason: name });
      run(
        checkHost(host.paths, {
          run: RUN,
          kind: "deploy",
          linkedDirs: links,
          linkedFiles: [],
          tools: ["sh"],
          source: script(),
          minFreeSpace: 0,
        }),
      );
      run(makeRelease(host.paths, RUN, release));
      run(linkShared(host.paths, NEW, links));
      run(writeRevision(host.paths, NEW, SHA));
      run(publish(host.paths, RUN, { release, kind: "deploy" }));
      run(logRevision(host.paths, deployedLine({ branch: name, sha: SHA, id: NEW, user: name })));
      const state = parseState(run(readState(host.paths)), host.paths);
      expect(state.current).toMatchObject({ id: NEW, target: join(host.paths.releases, NEW) });
      expect(state.releases).toMatchObject([{ id: NEW, revision: SHA, entry: { branch: name, user: name } }]);
      if (name.trim() === name) expect(state.releases).toMatchObject([{ logged: { branch: name, user: name } }]);
      expect(host.target(`releases/${NEW}/config/${name}`)).toBe(`${host.paths.shared}/config/${name}`);
      host.release(OLD, { journal: "live" });
      run(removeReleases(host.paths, RUN, [OLD]));
      run(freeLock(host.paths, RUN));
      expect([readdirSync(host.paths.releases), host.exists(".fake/lock"), canaries()]).toEqual([[NEW], false, []]);
      host.remove();
    }
  });

  it.skipIf(shell.missing)(`are names to git: of repositories and directories${skipped}`, () => {
    for (const name of ["it's $(touch canary) `touch canary`", '";touch canary;"', "a*[b]? ~ !! é漢"]) {
      const repo = createGitRepo(join(folder, name));
      const sha = repo.commit({ [`${name}/index.txt`]: "v1\n" });
      host = createShellHost(shell, name);
      const repository = { url: repo.directory, password: undefined };
      const settings = { repoUrl: repo.directory, repoTree: name };
      const context = buildContext({ paths: host.paths, run: RUN, revision: sha }, settings);
      const vars = Object.fromEntries(Object.entries(gitVars(repository)).map(([key, value]) => [key, String(value)]));
      mkdirSync(host.paths.fake);
      for (const part of git.transfer?.(context) ?? []) run(part.text, vars);
      run(makeRelease(host.paths, RUN, { id: NEW, sha, branch: name, user: name, run: RUN }));
      run(git.createRelease(context, NEW).text, vars);
      expect([host.read(`releases/${NEW}/index.txt`), canaries()]).toEqual(["v1\n", []]);
      host.remove();
    }
  });

  it.skipIf(shell.missing)(`in files on the host are read and never run${skipped}`, () => {
    host = createShellHost(shell);
    const evil = "$(touch canary)`touch canary`;touch canary\n';touch canary;'\n";
    host.release(OLD, { journal: "live", log: true });
    for (const file of [`releases/${OLD}/REVISION`, ".fake/journal", "revisions.log", ".fake/lock/owner"]) host.write(file, evil);
    mkdirSync(join(host.paths.releases, "$(touch canary)\ntouch canary"));
    host.link("current", "$(touch canary)\n`touch canary`");
    parseState(run(readState(host.paths)), host.paths);
    parseOwner(run(readLock(host.paths).script));
    host.run(takeLock(host.paths, { run: RUN, host: "a", user: "b", control: "c", command: "d", reason: "e" }));
    host.run(publish(host.paths, RUN, { release: { id: OLD, sha: SHA, branch: "main", user: "a", run: RUN }, kind: "rollback" }));
    host.run(discardRelease(host.paths, { id: OLD, sha: SHA, branch: "main", user: "a", run: RUN }));
    host.run(removeReleases(host.paths, RUN, [OLD]));
    expect(canaries()).toEqual([]);
  });

  describe.skipIf(shell.missing)(`links that somebody has planted${unless(shell.missing === undefined, "no such shell")}`, () => {
    const release = { id: NEW, sha: SHA, branch: "main", user: "ada", run: RUN };
    let outside: string;
    const start = (): void => {
      host = createShellHost(shell);
      outside = join(folder, "outside");
      mkdirSync(join(outside, NEW), { recursive: true });
      writeFileSync(join(outside, "precious"), "x");
      writeFileSync(join(outside, NEW, "precious"), "x");
    };
    const survived = (): boolean => existsSync(join(outside, "precious")) && existsSync(join(outside, NEW, "precious"));

    /** Everything that removes something. */
    function removeAll(): void {
      host.run(removeReleases(host.paths, RUN, [OLD, NEW]));
      host.run(archiveRelease(host.paths, RUN, NEW));
      host.run(discardRelease(host.paths, release));
      host.run(freeLock(host.paths, RUN));
    }

    it("in place of a release are not followed", () => {
      start();
      host.release(OLD);
      symlinkSync(outside, join(host.paths.releases, NEW));
      host.write(".fake/journal", `${NEW} building 2026-01-01T00:00:00Z ${SHA} main ada ${RUN} ;\n`);
      removeAll();
      expect([survived(), host.exists(`releases/${OLD}`)]).toEqual([true, false]);
    });

    it("in a release lose themselves, and not what they point to", () => {
      start();
      host.release(OLD);
      symlinkSync(outside, join(host.paths.releases, OLD, "log"));
      symlinkSync(outside, join(host.paths.releases, OLD, "parent"));
      host.run(linkShared(host.paths, OLD, ["log"]));
      const refused = host.run(linkShared(host.paths, OLD, [`parent/${NEW}`]));
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("is a symbolic link in this revision")]);
      removeAll();
      expect([survived(), host.exists(`releases/${OLD}`)]).toEqual([true, false]);
    });

    it("in place of the directory of a run or its lock are not followed", () => {
      start();
      mkdirSync(join(host.paths.fake), { recursive: true });
      symlinkSync(outside, join(host.paths.fake, RUN));
      symlinkSync(outside, join(host.paths.fake, `unlocked-${RUN}`));
      run(takeLock(host.paths, { run: RUN, host: "a", user: "b", control: "c", command: "d", reason: "e" }));
      host.release(NEW);
      host.run(publish(host.paths, RUN, { release, kind: "deploy" }));
      removeAll();
      expect(survived()).toBe(true);
    });

    it("in place of releases are refused, with what is behind them", () => {
      start();
      symlinkSync(outside, host.paths.releases);
      host.write(".fake/journal", `${NEW} building 2026-01-01T00:00:00Z ${SHA} main ada ${RUN} ;\n`);
      removeAll();
      expect(survived()).toBe(true);
    });

    it("in place of .fake lose nothing behind them", () => {
      start();
      symlinkSync(outside, host.paths.fake);
      removeAll();
      expect(survived()).toBe(true);
    });

    it("in place of an archive that is being made are not written through", () => {
      start();
      host.release(NEW);
      const archive = join(host.paths.root, `rolled-back-release-${NEW}.tar.gz`);
      for (const name of [archive, `${archive}.tmp`]) symlinkSync(join(outside, "precious"), name);
      run(archiveRelease(host.paths, RUN, NEW));
      expect([readFileSync(join(outside, "precious"), "utf8"), statSync(archive).mode & 0o777]).toEqual(["x", 0o600]);
    });

    it.each(["releases", ".fake"])("in place of %s are said by the check", (name) => {
      start();
      symlinkSync(outside, join(host.paths.root, name));
      const ran = host.run(
        checkHost(host.paths, {
          run: RUN,
          kind: "deploy",
          linkedDirs: [],
          linkedFiles: [],
          tools: [],
          source: script(),
          minFreeSpace: 0,
        }),
      );
      expect([ran.code, ran.stdout]).toEqual([1, expect.stringContaining(`${name} is a link`)]);
    });

    it("in place of REVISION are not written through", () => {
      start();
      host.release(OLD);
      rmSync(join(host.paths.releases, OLD, "REVISION"));
      symlinkSync(join(outside, "precious"), join(host.paths.releases, OLD, "REVISION"));
      run(writeRevision(host.paths, OLD, SHA));
      expect(readFileSync(join(outside, "precious"), "utf8")).toBe("x");
    });
  });
});
