import { chmodSync, chownSync, lchownSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { script } from "../../../src/command/sh.ts";
import type { FakeError } from "../../../src/errors.ts";
import { type CheckRequest, checkForNotes, checkHost } from "../../../src/recipes/deploy/check.ts";
import { findingsError, findProblems } from "../../../src/recipes/deploy/check-findings.ts";
import { publish } from "../../../src/recipes/deploy/publish.ts";
import { checkMirror } from "../../../src/recipes/deploy/strategies/check-mirror.ts";
import { gitSource } from "../../../src/recipes/deploy/strategies/repository.ts";
import { buildContext } from "./build-context.ts";
import { createShellHost, SHA, type ShellHost, shells } from "./shell-host.ts";

const [A, B] = ["20260101000000", "20260102000000"] as const;
const REQUEST: CheckRequest = {
  run: "run1",
  kind: "deploy",
  linkedDirs: [],
  linkedFiles: [],
  tools: [],
  source: script(),
  minFreeSpace: 0,
};
/** The user and group `nobody` of most systems; any other than root will do. */
const SOMEBODY = 65_534;
const skipped = process.getuid?.() === 0 ? "" : " (skipped: needs root to be somebody else)";

describe.skipIf(skipped !== "").each(shells)(`a user without rights in $name${skipped}`, (shell) => {
  let host: ShellHost;
  let said: string;
  beforeEach(() => {
    host = createShellHost(shell);
    chmodSync(join(host.paths.root, ".."), 0o755);
    host.release(A);
    host.release(B);
    host.write(".fake/journal", "");
    for (const path of [host.paths.root, host.paths.releases, host.paths.fake, host.paths.journal])
      chownSync(path, SOMEBODY, SOMEBODY);
    mkdirSync(host.paths.shared);
    chownSync(host.paths.shared, SOMEBODY, SOMEBODY);
    host.link("current", `${host.paths.releases}/${A}`);
  });
  afterEach(() => host.remove());

  const check = (request: Partial<CheckRequest> = {}): FakeError | undefined => {
    said = host.run(checkHost(host.paths, { ...REQUEST, ...request }), { uid: SOMEBODY, vars: { LC_ALL: "C" } }).stdout;
    return findingsError(said, { paths: host.paths, login: "app1", minFreeSpace: 0 });
  };
  const problems = (): readonly string[] => check()?.message.split("\n") ?? [];
  const release = { id: B, sha: SHA, branch: "main", user: "ada", run: "run1" };
  const switchTo = (): string | undefined => {
    host.run(publish(host.paths, "run1", { release, kind: "rollback" }), { uid: SOMEBODY });
    return host.target("current");
  };

  it("may replace a current that root has made, in a directory of their own", () => {
    expect([problems(), switchTo()]).toEqual([[], `${host.paths.releases}/${B}`]);
  });

  it("is told before anything is built that current cannot be switched where it is", () => {
    chownSync(host.paths.root, 0, 0);
    expect(problems()).toEqual([`Cannot write to ${host.paths.root}, where current belongs.`]);
    expect(switchTo()).toBe(`${host.paths.releases}/${A}`);
  });

  it.each([
    ["releases", ["releases"], "Cannot write to %/releases."],
    [".fake", [".fake"], "Cannot write to %/.fake."],
    ["the journal", [".fake/journal"], "%/.fake/journal cannot be written to: it belongs to root."],
    ["what would hold .fake", ["", ".fake gone"], "Cannot make %/.fake: % cannot be written to"],
    ["what would hold releases", ["", "releases gone"], "Cannot make %/releases: % cannot be written to"],
  ])("is told before anything is adopted that %s cannot be written to", (_, paths, message) => {
    const look = (): unknown => {
      const { stdout } = host.run(checkForNotes(host.paths).script, { uid: SOMEBODY, vars: { LC_ALL: "C" } });
      return findProblems(stdout, { paths: host.paths, login: "app1", minFreeSpace: 0 });
    };
    expect(look()).toEqual([]);
    for (const path of paths.map((each) => each.split(" ")))
      if (path[1] === "gone") rmSync(join(host.paths.root, path[0] ?? ""), { recursive: true });
      else chownSync(join(host.paths.root, path[0] ?? ""), 0, 0);
    expect(look()).toEqual([{ message: message.replaceAll("%", host.paths.root), hint: expect.any(String) }]);
  });

  it("is told that only its owner may replace current, where that is so", () => {
    chownSync(host.paths.root, 0, 0);
    chmodSync(host.paths.root, 0o1777);
    expect(problems()).toEqual([expect.stringContaining(`${host.paths.current} belongs to another user`)]);
    expect(switchTo()).toBe(`${host.paths.releases}/${A}`);
    expect(check()?.hint).toContain("sudo chown -h");
    lchownSync(host.paths.current, SOMEBODY, SOMEBODY);
    expect([problems(), switchTo()]).toEqual([[], `${host.paths.releases}/${B}`]);
  });

  it.each(["revisions.log", ".fake/journal"])(
    "is told before anything is built whose %s is, and goes back all the same",
    (name) => {
      host.write(name, "");
      const file = join(host.paths.root, name);
      chownSync(file, 0, 0);
      chmodSync(file, 0o644);
      expect(check()).toMatchObject({
        message: `${file} cannot be written to: it belongs to root.`,
        hint: expect.stringContaining("sudo chown -R"),
      });
      expect(check({ kind: "rollback" })).toBeUndefined();
      expect(said).toContain(`remark ${file} cannot be written to.`);
      chownSync(file, SOMEBODY, SOMEBODY);
      chmodSync(file, 0o444);
      expect(check()?.hint).toContain("chmod -R u+w");
    },
  );

  it("is told whose the mirror is that they cannot fetch into", () => {
    for (const name of ["HEAD", "config", "objects/pack/x", "refs/heads/main"]) host.write(`repo/${name}`, "");
    host.write("repo/config", '[core]\n\tbare = true\n[remote "origin"]\n\turl = /r\n');
    const source = checkMirror(gitSource(buildContext({ paths: host.paths, revision: "" }, { repoUrl: "/r" })));
    expect(check({ source })).toMatchObject({
      message: `${host.paths.repo} cannot be written to: it belongs to root.`,
      hint: expect.stringContaining("sudo chown -R"),
    });
    for (const path of ["", "/config", "/objects", "/refs", "/refs/heads"]) chownSync(host.paths.repo + path, SOMEBODY, SOMEBODY);
    expect(check({ source })?.message).toBe(`${host.paths.repo}/objects/pack cannot be written to: it belongs to root.`);
    chownSync(`${host.paths.repo}/objects/pack`, SOMEBODY, SOMEBODY);
    expect(check({ source })).toBeUndefined();
  });
});
