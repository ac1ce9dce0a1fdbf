import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseJournal } from "../../../src/recipes/deploy/journal.ts";
import { type Publication, publish, switchBack } from "../../../src/recipes/deploy/publish.ts";
import { nowhere } from "../../support/nowhere.ts";
import { createShellHost, type Ran, SHA, type ShellHost, shells } from "./shell-host.ts";

const [OLD, NEW] = ["20261120101500", "20261120101501"] as const;
const ENTRY = { sha: SHA, branch: "main", user: "ada", run: "run1" };
let host: ShellHost;

const release = (id: string): string => join(host.paths.releases, id);
const run = (id: string, more: Partial<Publication> = {}): Ran =>
  host.run(publish(host.paths, "run1", { release: { id, ...ENTRY }, kind: "deploy", ...more }));
const statuses = (): string[] => parseJournal(host.read(".fake/journal")).map(({ id, status }) => `${id} ${status}`);

afterEach(() => host.remove());

describe.each(shells)("publishing in $name", (shell) => {
  beforeEach(() => {
    host = createShellHost(shell);
    mkdirSync(join(host.paths.root, ".fake"));
    host.release(OLD);
    host.release(NEW);
    host.link("current", release(OLD));
  });

  it("points current to the release with an absolute link, and leaves nothing behind", () => {
    expect(run(NEW)).toMatchObject({ code: 0, stderr: "" });
    expect([host.target("current"), statuses()]).toEqual([release(NEW), [`${NEW} complete`, `${NEW} live`]]);
    // The directory of the run goes with its lock.
    expect([readdirSync(join(host.paths.root, ".fake")), readdirSync(join(host.paths.root, ".fake/run1"))]).toEqual([
      ["journal", "run1"],
      [],
    ]);
    expect(readdirSync(host.paths.releases)).toEqual([OLD, NEW]);
  });

  it("publishes the new release also over links that crashed runs left", () => {
    host.link(".fake/run1/current", release(OLD));
    host.link("releases/current", release(OLD));
    run(NEW);
    expect(host.target("current")).toBe(release(NEW));
    expect(readdirSync(release(OLD))).toEqual(["REVISION"]);
  });

  it("replaces a link that dangles, and makes the first one", () => {
    host.link("current", nowhere);
    expect([run(NEW).code, host.target("current")]).toEqual([0, release(NEW)]);
  });

  it("refuses a directory in the place of the link, and puts nothing into it", () => {
    host.run(`rm ${JSON.stringify(host.paths.current)} && mkdir ${JSON.stringify(host.paths.current)}`);
    const ran = run(NEW);
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("is a directory")]);
    expect(readdirSync(host.paths.current)).toEqual([]);
  });

  it("refuses when somebody else has published since it looked", () => {
    expect(run(NEW, { from: release("20261120101499") })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("somebody else has published"),
    });
    expect(run(NEW, { from: "" }).code).toBe(1);
    expect([host.target("current"), host.exists(".fake/journal")]).toEqual([release(OLD), false]);
    expect(run(NEW, { from: release(OLD) }).code).toBe(0);
    expect(run(NEW, { from: release(OLD) }).code, "a second try").toBe(0);
    host.run(`rm ${JSON.stringify(host.paths.current)}`);
    expect([run(OLD, { from: "" }).code, host.target("current")]).toEqual([0, release(OLD)]);
  });

  it("refuses a release that is gone", () => {
    expect(run("20261120101502")).toMatchObject({ code: 1, stderr: expect.stringContaining("is gone") });
    expect(host.target("current")).toBe(release(OLD));
  });

  it("does not publish what the journal cannot call complete", () => {
    mkdirSync(host.paths.journal);
    expect([run(NEW).code, host.target("current")]).toEqual([1, release(OLD)]);
  });

  it("goes back all the same when the journal cannot be written, with a warning", () => {
    mkdirSync(host.paths.journal);
    expect(run(NEW, { kind: "rollback" })).toMatchObject({ code: 0, stderr: expect.stringContaining("could not be written") });
    expect(host.target("current")).toBe(release(NEW));
  });

  it("notes what becomes of the release that is left", () => {
    run(OLD, { kind: "rollback", left: { id: NEW, status: "bad", ...ENTRY } });
    expect(statuses()).toEqual([`${NEW} bad`, `${OLD} live`]);
  });

  it("is undone where it was done, and nowhere else", () => {
    run(NEW);
    const before = { target: release(OLD), entry: { id: OLD, status: "live" as const, ...ENTRY } };
    const undo = (): Ran => host.run(switchBack(host.paths, "run1", NEW, before));
    expect([undo().stdout, host.target("current")]).toEqual(["switched-back\n", release(OLD)]);
    expect(host.run(switchBack(host.paths, "run2", NEW, before)).stdout).toBe("");
    // Asked once more, because the answer was lost.
    expect([undo().stdout, host.target("current")]).toEqual(["switched-back\n", release(OLD)]);
    run(NEW);
    expect(host.run(switchBack(host.paths, "run1", NEW, undefined)).stdout).toBe("switched-back\n");
    expect(host.target("current")).toBeUndefined();
  });
});
