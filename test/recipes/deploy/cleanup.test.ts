import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { quote } from "../../../src/command/quote.ts";
import { archiveRelease, pickRemovals, releasesToRemove, removeReleases } from "../../../src/recipes/deploy/cleanup.ts";
import { discardRelease, makeRelease } from "../../../src/recipes/deploy/release.ts";
import type { HostState, ReleaseState, ReleaseStatus } from "../../../src/recipes/deploy/state.ts";
import { nowhere } from "../../support/nowhere.ts";
import { createShellHost, SHA, type ShellHost, shells } from "./shell-host.ts";

const MADE = { sha: SHA, branch: "main", user: "ada", run: "run1" };

let host: ShellHost | undefined;

afterEach(() => host?.remove());

const id = (day: number): string => `202601${String(day).padStart(2, "0")}000000`;

/** "live bad *live": one release a day; a star is the current one, a dash one whose directory is gone. */
function releases(text: string): ReleaseState[] {
  return text.split(" ").map((word, index) => ({
    id: id(index + 1),
    status: word.replace(/[*-]/, "") as ReleaseStatus,
    current: word.startsWith("*"),
    present: !word.startsWith("-"),
    revision: "",
    branch: "",
    user: "",
    entry: undefined,
    logged: undefined,
  }));
}

const removed = (text: string, keep: number, before?: number): number[] =>
  pickRemovals(releases(text), keep, before === undefined ? undefined : id(before)).map((name) => Number(name.slice(6, 8)));

describe("releasesToRemove", () => {
  const of = (text: string, made?: number): number[] => {
    const state = { releases: releases(text), removing: [id(28)], history: [] } as unknown as HostState;
    return releasesToRemove(state, 2, made === undefined ? undefined : id(made)).map((name) => Number(name.slice(6, 8)));
  };

  it.each([
    ["a new release, beside the one that is left", "live live *live", 9, [28, 1, 2]],
    ["one that is finished, once: it is there already", "live live *live building", 4, [28, 1, 2]],
    ["one that was live before, however old what was live is", "*live live live", 4, [28, 2]],
    ["nothing new: the current one and the one before", "live live *live", undefined, [28, 1]],
  ])("counts %s", (_what, text, made, ids) => {
    expect(of(text, made)).toEqual(ids);
  });
});

describe("pickRemovals", () => {
  it.each([
    ["keeps the newest good ones", "live live live *live", 2, undefined, [1, 2]],
    ["keeps all while there are few", "live *live", 5, undefined, []],
    ["does not count failed ones, and removes them", "live live failed building *live", 3, undefined, [3, 4]],
    ["keeps bad ones as long as older good ones are kept", "live bad *live", 2, undefined, []],
    ["removes bad ones that are older than all that is kept", "bad live *live", 2, undefined, [1]],
    ["never removes the current one, however old", "*live bad bad live live", 1, undefined, [2, 3, 4]],
    ["never removes the one before the current one", "live live *live", 1, 1, [2]],
    ["counts what no record tells of as good", "unknown unknown *live", 2, undefined, [1]],
    ["knows nothing to remove where directories are gone", "-live -failed *live", 1, undefined, []],
  ] as const)("%s", (_, text, keep, before, expected) => {
    expect(removed(text, keep, before)).toEqual(expected);
  });

  it("leaves at least `keep` good releases where there are so many, and always the current one", () => {
    const status = fc.constantFrom<ReleaseStatus>("live", "bad", "failed", "building", "complete", "unknown");
    fc.assert(
      fc.property(
        fc.array(status, { minLength: 1, maxLength: 20 }),
        fc.nat(),
        fc.integer({ min: 1, max: 6 }),
        (list, at, keep) => {
          const all = releases(list.join(" ")).map((release, index) =>
            index === at % list.length ? { ...release, current: true, status: "live" as const } : release,
          );
          const gone = new Set(pickRemovals(all, keep, undefined));
          const good = all.filter((release) => release.status === "live");
          expect(all.find(({ current }) => current)).toSatisfy((release: ReleaseState) => !gone.has(release.id));
          const places = all.filter(({ status }) => status === "live" || status === "unknown");
          expect(places.filter((release) => !gone.has(release.id)).length).toBeGreaterThanOrEqual(Math.min(keep, places.length));
          expect(
            good.slice(-keep).filter(({ id: name }) => gone.has(name) && places.slice(-keep).some((place) => place.id === name)),
          ).toEqual([]);
        },
      ),
    );
  });
});

describe.each(shells)("removeReleases in $name", (shell) => {
  it("removes directories by name and looks at each again first", () => {
    host = createShellHost(shell);
    for (const day of [1, 2, 3]) host.release(id(day));
    host.write("outside/precious", "");
    host.link(`releases/${id(4)}`, join(host.paths.root, "outside"));
    host.write(`releases/${id(5)}`, "a file");
    host.link("current", join(host.paths.releases, id(3)));
    const ran = host.run(removeReleases(host.paths, "run1", [1, 2, 3, 4, 5, 6].map(id)));
    expect([ran.code, ran.stdout]).toEqual([0, `removed ${id(1)}\nremoved ${id(2)}\n`]);
    expect(readdirSync(host.paths.releases)).toEqual([id(3), id(4), id(5)]);
    expect(host.exists("outside/precious")).toBe(true);
  });

  it("removes what was adopted under both of its names, also where a cleanup was cut off, but neither what is live nor what pm2 has left", () => {
    host = createShellHost(shell);
    for (const name of ["-1", "2", "3"]) host.write(`releases/${name}/app.js`, name);
    host.write("source/app.js", "");
    for (const [day, name] of ["-1", "gone", "2", "3", "../source"].entries()) host.link(`releases/${id(day + 1)}`, name);
    host.write(`releases/.removing-${id(2)}/app.js`, "");
    host.link("current", "releases/3");
    const ran = host.run(removeReleases(host.paths, "run1", [1, 2, 3, 4, 5].map(id)));
    expect([ran.code, ran.stderr, ran.stdout]).toEqual([0, "", [1, 2, 3].map((day) => `removed ${id(day)}\n`).join("")]);
    expect(readdirSync(host.paths.releases)).toEqual([id(4), id(5), "3"]);
    expect(host.exists("source/app.js")).toBe(true);
    host.link("current", nowhere);
    expect(host.run(archiveRelease(host.paths, "run1", id(4)))).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(host.paths.releases)).toEqual([id(5)]);
    expect(host.exists(`rolled-back-release-${id(4)}.tar.gz`)).toBe(true);
  });

  it("says what cannot be removed, and goes on", () => {
    host = createShellHost(shell);
    for (const day of [1, 2]) host.release(id(day));
    const stubborn = `rm() { case "$*" in *${id(1)}*) echo "rm: Permission denied" >&2; return 1 ;; *) command rm "$@" ;; esac; }`;
    const ran = host.run(`${stubborn}\n${removeReleases(host.paths, "run1", [id(1), id(2)])}`);
    expect([ran.code, ran.stdout]).toEqual([0, `kept ${id(1)} rm: Permission denied\nremoved ${id(2)}\n`]);
  });

  it("says of each what keeps it", () => {
    host = createShellHost(shell);
    for (const day of [1, 2, 3]) host.release(id(day));
    host.link(`releases/.removing-${id(2)}`, host.paths.root);
    const stubborn = `rm() { for last; do :; done; case $last in *${id(1)}|*${id(3)}) echo "rm: $last stays" >&2; return 1 ;; esac; }`;
    expect(host.run(`${stubborn}\n${removeReleases(host.paths, "run1", [1, 2, 3].map(id))}`).stdout).toBe(
      `kept ${id(1)} rm: ./.removing-${id(1)} stays\nkept ${id(2)} ./.removing-${id(2)} is a link.\nkept ${id(3)} rm: ./.removing-${id(3)} stays\n`,
    );
  });

  it.each<[string, (host: ShellHost) => string]>([
    ["in a cleanup", ({ paths }) => removeReleases(paths, "run1", [id(1)])],
    ["when it is packed", ({ paths }) => archiveRelease(paths, "run1", id(1))],
    ["when its deploy fails", ({ paths }) => discardRelease(paths, { ...MADE, id: id(1) })],
    ["when it is begun anew", ({ paths }) => makeRelease(paths, "run1", { ...MADE, id: id(1) }, true)],
  ])("removes what its owner has made read-only %s", (_what, command) => {
    host = createShellHost(shell);
    host.write(".fake/journal", `${id(1)} building 2026-01-01T00:00:00Z ${SHA} main ada run1 ;\n`);
    host.write(`releases/${id(1)}/cache/my module/deep/file`, "x");
    const { paths } = host;
    const somebody = process.getuid?.() === 0 ? 65_534 : undefined;
    const options = somebody === undefined ? {} : { uid: somebody };
    if (somebody !== undefined) execFileSync("chown", ["-R", String(somebody), join(paths.root, "..")]);
    host.run(
      `chmod -R a-w ${quote(`${paths.releases}/${id(1)}`)}; chmod 0 ${quote(`${paths.releases}/${id(1)}/cache/my module/deep`)}`,
      options,
    );
    if (_what === "when it is packed")
      host.run(`chmod u+rx ${quote(`${paths.releases}/${id(1)}/cache/my module/deep`)}`, options);
    expect(host.run(command(host), options)).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(paths.releases)).toEqual(_what === "when it is begun anew" ? [id(1)] : []);
    expect(host.exists(`releases/${id(1)}/cache`)).toBe(false);
  });

  it("keeps a release that tar could not pack, and says so", () => {
    host = createShellHost(shell);
    host.release(id(1));
    const gzipless = 'tar() { case $1 in -c*) : >"$2" ;; *) command tar "$@" 2>/dev/null ;; esac; }';
    const ran = host.run(`${gzipless}\n${archiveRelease(host.paths, "run1", id(1))}`);
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(`releases/${id(1)} was not packed whole`)]);
    expect([readdirSync(host.paths.releases), readdirSync(host.paths.root).some((name) => name.endsWith(".gz"))]).toEqual([
      [id(1)],
      false,
    ]);
  });

  it("packs no half of a release over the whole, when the removal was interrupted and is tried again", () => {
    host = createShellHost(shell);
    host.release(id(1));
    host.write(`releases/${id(1)}/late`, "x");
    const archive = join(host.paths.root, `rolled-back-release-${id(1)}.tar.gz`);
    const list = (): string => execFileSync("tar", ["-tzf", archive], { encoding: "utf8" });
    // As far as a lost connection lets it come.
    const cut = 'remove() { command rm -f "$1"/[a-z]*; exit 9; }';
    const text = archiveRelease(host.paths, "run1", id(1));
    const at = text.indexOf("umask 077");
    expect(host.run(`${text.slice(0, at)}\n${cut}\n${text.slice(at)}`).code).toBe(9);
    const whole = list();
    expect(whole).toContain("late");
    expect(host.run(text)).toMatchObject({ code: 0, stderr: "" });
    expect(list()).toBe(whole);
    expect(readdirSync(host.paths.releases)).toEqual([`.removing-${id(1)}`]);
  });

  it("packs a release that was rolled back from, and nothing that is live", () => {
    host = createShellHost(shell);
    for (const day of [1, 2]) host.release(id(day));
    host.link("current", join(host.paths.releases, id(2)));
    for (const day of [1, 2])
      expect(host.run(archiveRelease(host.paths, "run1", id(day)))).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(host.paths.root).sort()).toEqual([".fake", "current", "releases", `rolled-back-release-${id(1)}.tar.gz`]);
    expect(readdirSync(host.paths.releases)).toEqual([id(2)]);
    expect(host.run(`tar -tzf "${host.paths.root}/rolled-back-release-${id(1)}.tar.gz"`).stdout).toContain(`${id(1)}/REVISION`);
  });
});
