import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, test } from "vitest";
import { ENTER, findListEnd, listScript, readListing, syncScript } from "../../../src/process/transfer/sync-script.ts";

function createHome(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-sync-script-")));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const home = join(directory, "me");
  mkdirSync(join(home, "app"), { recursive: true });
  symlinkSync("..", join(home, "app", "up"));
  return home;
}
const sh = (script: string, HOME: string): ReturnType<typeof spawnSync> =>
  spawnSync("sh", ["-c", script], { encoding: "utf8", env: { PATH: process.env.PATH, HOME } });

// The listing only: a guard that is broken deletes nothing here.
test.each(["~", ".", "./", "app/..", "app/up", "HOME", "HOME/..", "HOME//", "/tmp/../", "/"])(
  "nothing may be deleted in all of %s",
  (path) => {
    const home = createHome();
    const { stdout, stderr, status } = sh(listScript(path.replace("HOME", home), true), home);
    expect([stdout, status]).toEqual(["", 1]);
    expect(stderr).toContain("nothing is deleted in all of");
  },
);

it("lists a directory in it, also to delete there", () => {
  const home = createHome();
  const { root, entries } = readListing(String(sh(listScript("app/", true), home).stdout));
  expect(root).toBe(join(home, "app"));
  expect(entries).toMatchObject([{ path: "up", type: "link", target: ".." }]);
});

it("enters no directory that has become a link meanwhile", () => {
  const home = createHome();
  const enter = (path: string): unknown => {
    const { stdout, status } = sh(`say() { exit 1; }\nd=${home}\n${ENTER}\nat '${path}'\npwd`, home);
    return status === 0 ? String(stdout).trim() : "refused";
  };
  expect([enter(""), enter("app"), enter("app/up"), enter("app/up/app")]).toEqual([
    home,
    join(home, "app"),
    "refused",
    "refused",
  ]);
});

it("waits with its list, and changes nothing without an archive", () => {
  const home = createHome();
  const { stdout, status } = sh(syncScript("app", true, false), home);
  const end = findListEnd(Buffer.from(String(stdout)));
  expect([end, status]).toEqual([String(stdout).length, 0]);
  expect(readListing(String(stdout)).entries).toHaveLength(1);
  expect(readdirSync(join(home, "app"))).toEqual(["up"]);
});

it("finds no end of a list in names and links", () => {
  const home = createHome();
  symlinkSync(".", join(home, "app", "." + " "));
  symlinkSync(".", join(home, "app", "z"));
  const { stdout } = sh(listScript("app", true), home);
  expect(findListEnd(Buffer.from(String(stdout)))).toBeUndefined();
});
