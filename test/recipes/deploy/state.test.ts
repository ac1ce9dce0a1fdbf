import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { script } from "../../../src/command/sh.ts";
import { listReleases } from "../../../src/recipes/deploy/listing.ts";
import { findReleaseTime } from "../../../src/recipes/deploy/release-id.ts";
import { findBefore, findCurrent, type HostState, isGood, parseState, readState } from "../../../src/recipes/deploy/state.ts";
import { createShellHost, SHA, type ShellHost, shells } from "./shell-host.ts";

const [A, B, C] = ["20260101000000", "20260102000000", "20260103000000"] as const;
let host: ShellHost;

afterEach(() => host.remove());

function read(probe = script()): HostState {
  const ran = host.run(readState(host.paths, { probe }), { vars: { LC_ALL: "C" } });
  expect([ran.code, ran.stderr]).toEqual([0, ""]);
  return parseState(ran.stdout, host.paths);
}

const statuses = (state: HostState): Record<string, string> =>
  Object.fromEntries(state.releases.map(({ id, status }) => [id, status]));

describe.each(shells)("the state in $name", (shell) => {
  beforeEach(() => {
    host = createShellHost(shell);
  });

  it("is empty where nothing was ever deployed", () => {
    const state = read();
    expect(state).toMatchObject({
      current: { kind: "missing", id: undefined },
      releases: [],
      taken: [],
      foreign: [],
      source: [],
      finished: "",
    });
    expect(state.clock).toMatch(/^\d{14}$/);
  });

  it("knows what is live, by the link before anything else", () => {
    host.release(A, { journal: "failed" });
    host.link("current", join(host.paths.releases, A));
    const state = read();
    expect(findCurrent(state)).toMatchObject({ id: A, status: "live", current: true, revision: SHA });
    expect(statuses(state)).toEqual({ [A]: "live" });
  });

  it("takes the last word of the journal, then revisions.log, then none", () => {
    host.release(A, { journal: "building", log: true });
    host.release(A, { journal: "bad" });
    host.release(B, { log: true });
    host.release(C);
    expect(statuses(read())).toEqual({ [A]: "bad", [B]: "live", [C]: "unknown" });
  });

  it.each([
    ["as Capistrano 3 writes it", `Branch main (at ${SHA}) deployed as release ${A} by ada`, ["main", "ada", SHA]],
    ["as Capistrano 3.0 wrote it", `Branch main deployed as release ${A} by ada; `, ["main", "ada", ""]],
    ["by nobody, as in a container without USER", `Branch main (at ${SHA}) deployed as release ${A} by `, ["main", "", SHA]],
    ["in words of a deployfile's own", `ada: main@${SHA} was deployed as release ${A}, at noon`, ["", "", ""]],
    ["of a branch with odd words", `Branch a deployed as release ${C} (at ${SHA}) deployed as release ${A} by ada`, undefined],
  ])("takes a release for good that the log tells of, %s", (_, line, told) => {
    host.write(`releases/${A}/index.html`, "");
    host.write("revisions.log", `${line}\n`);
    const [release] = read().releases;
    expect(release).toMatchObject({ id: A, status: "live" });
    if (told !== undefined) expect([release?.branch, release?.user, release?.revision]).toEqual(told);
  });

  it("takes no longer number for an id, and no other words for a deploy", () => {
    host.write("revisions.log", `Branch x deployed as release ${A}0 by ada\nrelease ${B}\n`);
    expect(read().releases).toEqual([]);
  });

  it.each([
    ["was left for an older one", [`+${A}`, `+${B}`, `-${A}`, `+${C}`], [], { [A]: "live", [B]: "bad", [C]: "live" }, A],
    [
      "was gone back to after that",
      [`+${A}`, `+${B}`, `-${A}`, `-${B}`, `+${C}`],
      [],
      { [A]: "live", [B]: "live", [C]: "live" },
      B,
    ],
    ["was left by a tool that knows no journal", [`+${A}`, `+${B}`, `-${A}`], [A, B], { [A]: "live", [B]: "bad" }, undefined],
    [
      "is good by a journal that knows of the rollback",
      [`+${A}`, `+${B}`, `-${A}`],
      [B, A],
      { [A]: "live", [B]: "live" },
      undefined,
    ],
  ])("knows from lines of rollbacks what %s", (_, lines, journal, expected, before) => {
    const text = (line: string): string => {
      const id = line.slice(1);
      return line.startsWith("+")
        ? `Branch main (at ${SHA}) deployed as release ${id} by ada`
        : `ada rolled back to release ${id}`;
    };
    for (const id of [A, B, C]) if (id in expected) host.release(id);
    for (const id of journal) host.release(id, { journal: "live" });
    host.write("revisions.log", lines.map((line) => `${text(line)}\n`).join(""));
    expect(statuses(read())).toEqual(expected);
    if (before !== undefined) expect(findBefore(read(), C)?.id).toBe(before);
  });

  it.each([
    [
      "its own rollback, though the line of the way forward is missing",
      ["0 A live", "1 B live", "2 B bad", "2 A live", "3 B live"],
      `-${A}`,
      "live",
    ],
    [
      "its own rollback to the same release, though a line of another tool follows",
      ["0 A live", "1 B live", "2 B bad", "2 A live", "3 B live"],
      `-${A} +${B} -${A}`,
      "bad",
    ],
    ["none: another tool has gone back", ["0 A live", "1 B live"], `-${A}`, "bad"],
  ])("believes the log of a rollback only where the journal knows of %s", (_, entries, rolledBack, status) => {
    const journal = entries.map((line) => {
      const [run, name, said] = line.split(" ");
      return `${name === "A" ? A : B} ${said} t ${SHA} main ada run${run} ;\n`;
    });
    const lines = [A, B].map((id) => `Branch main (at ${SHA}) deployed as release ${id} by ada\n`);
    const after = rolledBack.split(" ").map((to) => `ada rolled back to release ${to.slice(1)}\n`);
    host.release(A);
    host.release(B);
    host.write("revisions.log", [...lines, ...after].join(""));
    host.write(".fake/journal", journal.join(""));
    expect(statuses(read())).toEqual({ [A]: "live", [B]: status });
  });

  it("reads nothing out of the name that current points to", () => {
    host.release(A, { journal: "failed" });
    host.link("current", `elsewhere\nrelease ${B} ${SHA}\njournal ${B} live 2026-01-02T00:00:00Z ${SHA} main ada run ;\nclock 1`);
    const state = read();
    expect(state.current).toEqual({ kind: "link", target: "elsewhere?", id: undefined, dangling: true });
    expect(state.clock).toMatch(/^\d{14}$/);
    expect(statuses(state)).toEqual({ [A]: "failed" });
  });

  it("remembers releases whose directories are gone, and calls none of them good", () => {
    host.write("revisions.log", `Branch a (b) c (at ${SHA}) deployed as release ${A} by grace hopper`);
    const [release] = read().releases;
    expect(release).toMatchObject({ id: A, present: false, logged: { branch: "a (b) c", user: "grace hopper" } });
    expect(isGood(release!)).toBe(false);
  });

  it("reads nothing else out of what stands in the log and the journal", () => {
    host.release(A);
    const odd = [
      `release ${B} ${SHA}`,
      `live ${B}`,
      "lines journal 1",
      "1",
      "clock 20991231235959",
      "current directory",
      "source has-revision",
    ];
    for (const file of ["revisions.log", ".fake/journal"]) host.write(file, `${odd.join("\n")}\n`);
    const { releases, current, clock, source } = read(script("echo source own"));
    expect([releases.map(({ id }) => id), current.kind, source]).toEqual([[A], "missing", ["own"]]);
    expect(clock < "2099").toBe(true);
  });

  it("reads a log and a journal without a last line break", () => {
    host.write("revisions.log", `Branch main (at ${SHA}) deployed as release ${A} by ada`);
    host.write(".fake/journal", `${B} live t ${SHA} main ada run1 ;`);
    host.release(A);
    host.release(B);
    expect(statuses(read())).toEqual({ [A]: "live", [B]: "live" });
  });

  it("reads the end of a journal, however long it is and its lines are", () => {
    host.write(".fake/journal", `${"x".repeat(3_000_000)}\n`);
    host.write("revisions.log", "x".repeat(3_000_000));
    host.release(A, { journal: "bad" });
    const { stdout } = host.run(readState(host.paths));
    expect(statuses(parseState(stdout, host.paths))).toEqual({ [A]: "bad" });
    expect(stdout.length).toBeLessThan(120_000);
  });

  it("has its clock in UTC, whatever time zone and language the host is in", () => {
    const clockIn = (vars: Readonly<Record<string, string>>): number =>
      findReleaseTime(parseState(host.run(readState(host.paths), { vars }).stdout, host.paths).clock) ?? 0;
    const there = clockIn({ TZ: "Pacific/Kiritimati", LANG: "ar_SA.UTF-8", LC_ALL: "C" });
    expect(Math.abs(there - clockIn({ TZ: "UTC", LC_ALL: "C" }))).toBeLessThan(3_600_000);
  });

  it("finds the release behind a relative link, and none behind a link to elsewhere", () => {
    host.release(A);
    host.link("current", `releases/${A}/`);
    expect(read().current.id).toBe(A);
    mkdirSync(join(host.paths.root, `elsewhere/${A}`), { recursive: true });
    host.link("current", join(host.paths.root, `elsewhere/${A}`));
    expect(read().current).toMatchObject({ kind: "link", id: undefined, dangling: false });
    host.link("current", join(host.paths.releases, B));
    expect(read().current).toMatchObject({ id: B, dangling: true });
  });

  it("tells names that are no releases apart, and keeps them from being taken for ids", () => {
    host.release(A);
    for (const name of ["b a", "x\nrelease 20990101000000 y", ".hidden", "*", "20261301000000"])
      mkdirSync(join(host.paths.releases, name));
    host.link(`releases/${B}`, "/");
    host.write(`releases/${C}`, "a file");
    const state = read();
    expect(state.releases.map(({ id }) => id)).toEqual([A]);
    expect([...state.taken].sort()).toEqual([A, B, C, "20261301000000"].sort());
    expect([...state.foreign].sort()).toEqual(["*", ".hidden", "20261301000000", "b a", "x?release 20990101000000 y"]);
  });

  it("takes a link for a release when it leads to a directory beside it, and none that leads elsewhere", () => {
    const id = (at: number): string => `2026020100000${at}`;
    for (const name of ["3", "-rf x", ".hidden"]) host.write(`releases/${name}/REVISION`, `${SHA}\n`);
    host.write("source/app.js", "");
    host.write("elsewhere/app.js", "");
    host.release(A);
    const targets = ["3", "-rf x", "../source", "/", "../elsewhere", A, ".hidden", "gone", "../releases/3"];
    for (const [at, target] of targets.entries()) host.link(`releases/${id(at)}`, target);
    host.link("current", "./releases/3");
    const state = read();
    expect(state.releases.map((release) => [release.id, release.adopted])).toEqual([
      [A, undefined],
      [id(0), "3"],
      [id(1), "-rf x"],
      [id(2), "../source"],
    ]);
    expect([findCurrent(state)?.id, findCurrent(state)?.revision]).toEqual([id(0), SHA]);
    expect(state.foreign).toEqual([".hidden"]);
    expect(state.taken).toHaveLength(targets.length + 1);
    host.link("current", join(host.paths.root, "source"));
    expect(findCurrent(read())?.id).toBe(id(2));
  });

  it("believes no REVISION that is not a commit", () => {
    host.release(A, { sha: "$(reboot) \u001b[31m" });
    expect(read().releases[0]?.revision).toBe("");
  });

  it("hands the strategy's answers through", () => {
    expect(read(script("echo 'source has-revision'; echo noise")).source).toEqual(["has-revision"]);
  });

  it("lists releases for people, newest first", () => {
    host.release(A, { journal: "live" });
    host.release(B, { log: true });
    host.release(C, { journal: "failed" });
    host.link("current", join(host.paths.releases, B));
    expect(listReleases(read())).toEqual([
      { id: C, at: "2026-01-03T00:00:00.000Z", current: false, status: "failed", revision: SHA, branch: "main", user: "ada" },
      { id: B, at: "2026-01-02T00:00:00.000Z", current: true, status: "live", revision: SHA, branch: "main", user: "ada" },
      { id: A, at: "2026-01-01T00:00:00.000Z", current: false, status: "good", revision: SHA, branch: "main", user: "ada" },
    ]);
  });
});
