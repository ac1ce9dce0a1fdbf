import { execFile, execFileSync } from "node:child_process";
import {
  existsSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readDeployPath, readRecords, revisionOf } from "../../src/rehearse/deploy-path.ts";
import { layOut, mirror } from "../../src/rehearse/mirror.ts";
import { findShapeFault, readShape } from "../../src/rehearse/release-shape.ts";
import type { RemoteHost } from "../../src/rehearse/remote-host.ts";
import { nowhere } from "../support/nowhere.ts";

const ID = "20260101000000";

describe.skipIf(process.platform !== "linux")(
  `the mirror of a deploy path${process.platform === "linux" ? "" : " (no Linux)"}`,
  () => {
    let folder: string;
    let there: string;
    let here: string;
    const host: RemoteHost = {
      name: "app1",
      scratch: nowhere,
      run: (script) =>
        new Promise((resolve) => {
          execFile("sh", ["-c", script], (error, stdout, stderr) =>
            resolve({ exitCode: error === null ? 0 : 1, stdout, stderr }),
          );
        }),
    };

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "fake-mirror-"));
      [there, here] = [join(folder, "there"), join(folder, "here")];
      mkdirSync(there);
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it("reads as the deploy path itself does", async () => {
      const release = join(there, "releases", ID);
      mkdirSync(join(release, "bin"), { recursive: true });
      writeFileSync(join(release, "REVISION"), "abc\n");
      writeFileSync(join(release, "bin", "a b'c\"d\n"), "x".repeat(70_000), { mode: 0o755 });
      symlinkSync(join(there, "shared", ".env"), join(release, ".env"));
      symlinkSync(release, join(there, "current"));
      mkdirSync(join(there, ".fake", "lock"), { recursive: true });
      writeFileSync(join(there, ".fake", "lock", "owner"), "ada");
      writeFileSync(join(there, "revisions.log"), "ä line\n");
      mkdirSync(join(there, "repo"));
      writeFileSync(join(there, "repo", "HEAD"), "not wanted");
      await mirror(host, there, here);
      expect(readDeployPath(here)).toEqual(readDeployPath(there));
      expect(revisionOf(here, ID)).toBe("abc");
      expect(readRecords(here)).toEqual(readRecords(there));
      expect(existsSync(join(here, "repo"))).toBe(false);
      const shape = readShape(join(here, "releases", ID));
      expect([...shape.keys()].sort()).toEqual([...readShape(release).keys()].sort());
      // Links lead to where they led, there and here.
      expect(findShapeFault(new Map([...shape].filter(([path]) => path !== ".env")), release)).toBeUndefined();
      rmSync(join(there, "releases"), { recursive: true });
      await mirror(host, there, here);
      expect(readDeployPath(here).current.kind).toBe("strange");
    });

    it("says what is wrong where there is no answer", async () => {
      await expect(mirror(host, join(folder, "gone"), here)).rejects.toThrow("app1:");
    });

    it.each([
      ["a way out", ["tree", "f", "./../escaped", "644", "1", ""]],
      ["an absolute name", ["tree", "f", "/escaped", "644", "1", ""]],
      ["a way through a link", ["tree", "l", "./out", "777", "1", "..", "tree", "f", "./out/escaped", "644", "1", ""]],
      ["a text through a link", ["tree", "l", "./out", "777", "1", "../escaped", "text", "./out", "YQ=="]],
      ["a text of nothing", ["text", "./../escaped", "YQ=="]],
      ["a folder that nobody named", ["tree", "f", "./a/../../escaped", "644", "1", ""]],
    ])("follows no host that gives it %s", (_, fields) => {
      mkdirSync(here);
      layOut([...fields, ""], there, here);
      expect(readdirSync(folder).sort()).toEqual(["here", "there"]);
      expect(readdirSync(there)).toEqual([]);
    });

    it.each([
      ["./a/b/link", "../../../there-is-more", false],
      ["./a/b/link", "../../page", true],
      ["./a/b/link", "..", true],
      ["./link", "../here/page", false],
      ["./link", "a/b/../../page", false],
      ["./link", "./page", true],
      ["./link", "/etc/passwd", false],
      ["./link", "THERE/page", true],
      ["./link", "THERE", true],
      ["./link", "THERE/../there-is-more", false],
      ["./link", "THERE-is-more", false],
    ])("lets no link lead out: %s -> %s (leads somewhere: %s)", (name, target, leads) => {
      mkdirSync(here);
      writeFileSync(join(folder, "there-is-more"), "");
      const dirs = ["./a", "./a/b"].flatMap((one) => ["tree", "d", one, "755", "1", ""]);
      const page = ["tree", "f", "./page", "644", "1", ""];
      layOut([...dirs, ...page, "tree", "l", name, "777", "1", target.replace("THERE", there), ""], there, here);
      expect(lstatSync(join(here, name)).isSymbolicLink()).toBe(true);
      expect(existsSync(join(here, name))).toBe(leads);
      if (leads) expect(`${realpathSync(join(here, name))}/`).toContain(`${realpathSync(here)}/`);
    });

    it("reads no revision and no record but those of regular files", () => {
      const release = join(here, "releases", ID);
      mkdirSync(join(here, ".fake"), { recursive: true });
      mkdirSync(release, { recursive: true });
      symlinkSync("/dev/zero", join(here, ".fake", "zero"));
      symlinkSync("/dev/zero", join(here, "revisions.log"));
      const revision = join(release, "REVISION");
      const makes: Readonly<Record<string, () => void>> = {
        "a directory": () => mkdirSync(revision),
        "a pipe": () => execFileSync("mkfifo", [revision]),
        "a link": () => symlinkSync("/dev/zero", revision),
        "a file that is too long": () => ftruncateSync(openSync(revision, "w"), 2 ** 40),
      };
      for (const [what, make] of Object.entries(makes)) {
        make();
        expect(revisionOf(here, ID)?.length ?? 0, what).toBeLessThanOrEqual(4096);
        expect([...readRecords(here)], what).toEqual([["revisions.log", ""]]);
        rmSync(revision, { recursive: true });
      }
    });

    it.each([
      ["too much", Buffer.alloc(65 * 2 ** 20), "larger than"],
      [
        "names that no file has",
        Buffer.from(["tree", "f", `./${"a".repeat(300)}`, "755", "1", "", ""].join("\0")),
        "ENAMETOOLONG",
      ],
      ["no gzip", undefined, "header"],
    ])("says whose answer is %s", async (_, answer, wrong) => {
      const stdout = answer === undefined ? "bm8gZ3ppcCBhdCBhbGw=" : gzipSync(answer, { level: 1 }).toString("base64");
      const hostile: RemoteHost = { ...host, run: async () => ({ exitCode: 0, stdout, stderr: "" }) };
      await expect(mirror(hostile, there, here)).rejects.toThrow(new RegExp(`app1: what it tells of .*${wrong}`));
    });

    it("takes a name once, and a size for what it is", () => {
      mkdirSync(here);
      const twice = ["tree", "f", "./a", "755", "99999999999999999999", "", "tree", "d", "./a", "755", "1", ""];
      layOut([...twice, "text", "./a", "YQ==", ""], there, here);
      expect(lstatSync(join(here, "a")).isFile()).toBe(true);
      expect(readFileSync(join(here, "a"), "utf8")).toBe("a");
    });
  },
);
