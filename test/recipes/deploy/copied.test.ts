import { appendFileSync, chmodSync, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CopiedDirs, copyFromLive } from "../../../src/recipes/deploy/copied.ts";
import { unless } from "../../support/unless.ts";
import { createShellHost, type Ran, type ShellHost, shells } from "./shell-host.ts";

const [LIVE, NEW] = ["20261120101500", "20261120111500"] as const;
const busybox = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));
let host: ShellHost;

afterEach(() => host.remove());

const at = (id: string, path: string): string => join(host.paths.releases, id, path);
const copy = (more: Partial<CopiedDirs> = {}, vars: Readonly<Record<string, string>> = {}): Ran =>
  host.run(copyFromLive(host.paths, "run1", { id: NEW, from: LIVE, dirs: ["deps"], way: "copy", ...more }), { vars });

describe.each(shells)("directories of the live release, in $name", (shell) => {
  beforeEach(() => {
    host = createShellHost(shell);
    host.release(LIVE);
    host.release(NEW);
    host.write(`releases/${LIVE}/deps/a/it's.js`, "old");
    chmodSync(at(LIVE, "deps/a"), 0o750);
  });

  it("are copied as they are, and writing into the copy leaves the live release alone", () => {
    expect(copy()).toEqual({ code: 0, stdout: "copied deps\n", stderr: "" });
    expect(statSync(at(NEW, "deps/a")).mode & 0o777).toBe(0o750);
    appendFileSync(at(NEW, "deps/a/it's.js"), " and new");
    expect(host.read(`releases/${LIVE}/deps/a/it's.js`)).toBe("old");
    expect(host.read(`releases/${NEW}/deps/a/it's.js`)).toBe("old and new");
  });

  it("are the same files with hardlink, and only with it", () => {
    const inode = (id: string): number => statSync(at(id, "deps/a/it's.js")).ino;
    copy({ way: "hardlink" });
    expect(inode(NEW)).toBe(inode(LIVE));
    host.release("20261120121500");
    copy({ id: "20261120121500" });
    expect(inode("20261120121500")).not.toBe(inode(LIVE));
  });

  it.skipIf(busybox === undefined)(
    `are copies of their own with a cp that knows no reflink, too${unless(busybox !== undefined, "no busybox")}`,
    () => {
      host.link("bin/cp", busybox ?? "");
      const vars = { PATH: `${host.paths.root}/bin:${process.env["PATH"]}` };
      expect(copy({}, vars)).toEqual({ code: 0, stdout: "copied deps\n", stderr: "" });
      const [before, after] = [LIVE, NEW].map((id) => statSync(at(id, "deps/a/it's.js")).ino);
      expect(after).not.toBe(before);
    },
  );

  it("make way for what the revision has, and are left out where there are none", () => {
    host.write(`releases/${NEW}/deps/own.js`, "own");
    expect(copy({ dirs: ["deps", "none", "deeper/none"] })).toEqual({ code: 0, stdout: "kept deps\n", stderr: "" });
    expect(host.exists(`releases/${NEW}/deps/a`)).toBe(false);
    expect(host.exists(`releases/${NEW}/deeper`)).toBe(false);
  });

  it("may lie deeper, and have any name", () => {
    host.write(`releases/${LIVE}/a b/it's/$(touch x)/file`, "1");
    expect(copy({ dirs: ["a b/it's/$(touch x)"] }).code).toBe(0);
    expect(host.read(`releases/${NEW}/a b/it's/$(touch x)/file`)).toBe("1");
  });

  it("are never half there: what a run left that was cut off is made anew", () => {
    host.write(`releases/${NEW}/deps.fake-run1/half`, "1");
    expect(copy().code).toBe(0);
    expect([host.exists(`releases/${NEW}/deps/half`), host.exists(`releases/${NEW}/deps.fake-run1`)]).toEqual([false, false]);
    // Run again when its answer was lost.
    expect(copy()).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("are not there at all when they cannot be copied", () => {
    host.write(
      "bin/cp",
      '#!/bin/sh\ncase "$*" in *--help*) exit 0 ;; esac\n/bin/mkdir -p "$(eval echo \\"\\${$#}\\")/half"; echo "No space left on device" >&2; exit 1\n',
    );
    chmodSync(join(host.paths.root, "bin/cp"), 0o755);
    const ran = copy({}, { PATH: `${host.paths.root}/bin:${process.env["PATH"]}` });
    expect([ran.code, ran.stderr]).toEqual([1, "No space left on device\n"]);
    expect([host.exists(`releases/${NEW}/deps`), host.exists(`releases/${NEW}/deps.fake-run1`)]).toEqual([false, false]);
  });

  it("are not copied from or to what is behind a link", () => {
    host.write("elsewhere/deps/secret", "1");
    host.link(`releases/${LIVE}/linked`, join(host.paths.root, "elsewhere/deps"));
    host.link(`releases/${LIVE}/outer`, join(host.paths.root, "elsewhere"));
    expect(copy({ dirs: ["linked"] })).toEqual({ code: 0, stdout: "link linked\n", stderr: "" });
    expect(copy({ dirs: ["outer/deps"] })).toMatchObject({ code: 1, stderr: expect.stringContaining("is a symbolic link") });
    host.link(`releases/${NEW}/deeper`, join(host.paths.root, "elsewhere"));
    host.write(`releases/${LIVE}/deeper/x/y`, "1");
    expect(copy({ dirs: ["deeper/x"] }).code).toBe(1);
    expect(host.exists("elsewhere/x")).toBe(false);
  });
});
