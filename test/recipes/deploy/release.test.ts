import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { discardRelease, makeRelease, writeRevision } from "../../../src/recipes/deploy/release.ts";
import { linkShared, parentsOf } from "../../../src/recipes/deploy/shared.ts";
import { readTagged } from "../../../src/recipes/deploy/tagged-lines.ts";
import { nowhere } from "../../support/nowhere.ts";
import { createShellHost, SHA, type ShellHost, shells, takeAndHold } from "./shell-host.ts";

const ID = "20261120101500";
const RELEASE = { id: ID, sha: SHA, branch: "main", user: "ada", run: "run1" };
let host: ShellHost;

const journal = (): string[] =>
  host
    .read(".fake/journal")
    .trim()
    .split("\n")
    .map((line) => line.split(" ").slice(0, 2).join(" "));
const make = (): ReturnType<ShellHost["run"]> => host.run(makeRelease(host.paths, "run1", RELEASE));

afterEach(() => host.remove());

describe.each(shells)("a new release in $name", (shell) => {
  beforeEach(() => {
    host = createShellHost(shell);
    mkdirSync(join(host.paths.root, ".fake"));
  });

  it("is an empty directory that the journal knows", () => {
    expect(make()).toMatchObject({ code: 0, stderr: "" });
    expect([host.exists(`releases/${ID}`), journal()]).toEqual([true, [`${ID} building`]]);
  });

  it.each([
    ["a directory", () => host.write(`releases/${ID}/precious`, "")],
    ["a dangling link", () => host.link(`releases/${ID}`, nowhere)],
  ])("is refused where %s has its name, which is not touched when the deploy is undone", (_, occupy) => {
    occupy();
    const ran = make();
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("exists already")]);
    host.run(discardRelease(host.paths, RELEASE));
    expect(host.exists(`releases/${ID}/precious`) || host.target(`releases/${ID}`) !== undefined).toBe(true);
  });

  it("is not made when the journal cannot be written", () => {
    mkdirSync(host.paths.journal);
    expect([make().code, host.exists(`releases/${ID}`)]).toEqual([1, false]);
  });

  it("is not made under somebody else's lock", () => {
    host.run(takeAndHold(host.paths, { run: "run2", host: "app1", user: "grace", control: "c", command: "x", reason: "" }));
    expect([make().code, host.exists(`releases/${ID}`)]).toEqual([75, false]);
  });

  it("gets its REVISION in one step, also over a file of that name", () => {
    make();
    host.write(`releases/${ID}/REVISION`, "from the tree");
    expect(host.run(writeRevision(host.paths, ID, SHA)).code).toBe(0);
    expect(host.read(`releases/${ID}/REVISION`)).toBe(`${SHA}\n`);
    expect(host.exists(`releases/${ID}/REVISION.tmp`)).toBe(false);
  });

  it("gets no REVISION where the tree has a directory of that name", () => {
    host.write(`releases/${ID}/REVISION/x`, "");
    expect(host.run(writeRevision(host.paths, ID, SHA)).code).toBe(1);
  });

  it("is removed when its deploy fails, once, and that is told", () => {
    make();
    host.link("current", "/somewhere else");
    expect(host.run(discardRelease(host.paths, RELEASE)).stdout).toBe("discarded\n");
    expect([host.exists(`releases/${ID}`), journal().at(-1)]).toEqual([false, `${ID} failed`]);
    expect(host.run(discardRelease(host.paths, RELEASE)).stdout).toBe("");
  });

  it("is not said to be removed where it stays", () => {
    make();
    const stubborn = 'rm() { echo "rm: no way" >&2; return 1; }';
    expect(host.run(`${stubborn}\n${discardRelease(host.paths, RELEASE)}`).stdout).toBe("kept rm: no way\n");
    expect(journal().at(-1)).toBe(`${ID} failed`);
  });

  it("stays when it is live, and when another run made it", () => {
    make();
    expect(host.run(discardRelease(host.paths, { ...RELEASE, run: "run2" })).stdout).toBe("");
    host.link("current", join(host.paths.releases, ID));
    expect(host.run(discardRelease(host.paths, RELEASE)).stdout).toBe("");
    expect(host.exists(`releases/${ID}`)).toBe(true);
  });
});

describe.each(shells)("shared paths in $name", (shell) => {
  const links = ["log", "public/my files", "config/it's.yml"];
  const link = (): ReturnType<ShellHost["run"]> => host.run(linkShared(host.paths, ID, links));

  beforeEach(() => {
    host = createShellHost(shell);
    host.write(`releases/${ID}/app.js`, "");
  });

  it("become absolute links in the release", () => {
    expect(link()).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(host.target(`releases/${ID}/log`)).toBe(`${host.paths.shared}/log`);
    expect(host.target(`releases/${ID}/public/my files`)).toBe(`${host.paths.shared}/public/my files`);
    expect(host.target(`releases/${ID}/config/it's.yml`)).toBe(`${host.paths.shared}/config/it's.yml`);
    expect(link()).toMatchObject({ code: 0, stdout: "" });
  });

  it("take the place of files and directories of the tree", () => {
    host.write(`releases/${ID}/log/.keep`, "");
    host.write(`releases/${ID}/config/it's.yml`, "default");
    expect(link().code).toBe(0);
    expect(host.target(`releases/${ID}/log`)).toBe(`${host.paths.shared}/log`);
  });

  it("leave a link of the tree alone, and say so", () => {
    host.link(`releases/${ID}/log`, "elsewhere");
    expect(readTagged(link().stdout)("kept")).toEqual(["log -> elsewhere"]);
  });

  it("are never linked or removed behind a link of the tree", () => {
    host.write("shared/config/it's.yml", "precious");
    host.link(`releases/${ID}/config`, `${host.paths.shared}/config`);
    const ran = link();
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("config is a symbolic link")]);
    expect(host.read("shared/config/it's.yml")).toBe("precious");
  });
});

describe("parentsOf", () => {
  it("lists the directories above a path, outermost first", () => {
    host = createShellHost();
    expect([parentsOf("a/b/c"), parentsOf("a")]).toEqual([["a", "a/b"], []]);
  });
});
