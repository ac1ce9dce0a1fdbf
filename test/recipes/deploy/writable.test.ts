import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sh } from "../../../src/index.ts";
import { checkWritable, makeWritable, type WritableBy } from "../../../src/recipes/deploy/writable.ts";
import { unless } from "../../support/unless.ts";
import { createShellHost, type Ran, type ShellHost, shells } from "./shell-host.ts";

const ID = "20261120101500";
const isRoot = process.getuid?.() === 0;
const hasAcl = spawnSync("setfacl", ["--version"]).status === 0;
let host: ShellHost;

afterEach(() => host.remove());

const mode = (path: string): string => (statSync(join(host.paths.root, path)).mode & 0o7777).toString(8);
const options = (by: WritableBy, dirs: readonly string[]) => ({ dirs, linkedDirs: ["uploads"], by });
const make = (by: WritableBy, ...dirs: string[]): Ran => host.run(makeWritable(host.paths, ID, options(by, dirs)));
const check = (by: WritableBy, dirs: readonly string[], uid?: number): string =>
  host.run(
    sh`say() { printf "$@"; }
    ${checkWritable(host.paths, options(by, dirs))}`,
    uid === undefined ? {} : { uid },
  ).stdout;

describe.each(shells)("writable directories, in $name", (shell) => {
  beforeEach(() => {
    host = createShellHost(shell);
    host.release(ID);
    host.write(`releases/${ID}/cache/it's/file`, "1");
    host.write("shared/uploads/theirs", "1");
    for (const path of [`releases/${ID}/cache`, `releases/${ID}/cache/it's`, "shared/uploads"])
      chmodSync(join(host.paths.root, path), 0o700);
    for (const path of [`releases/${ID}/cache/it's/file`, "shared/uploads/theirs"]) chmodSync(join(host.paths.root, path), 0o600);
  });

  it("have the mode with all that is in them, and are made where they are missing", () => {
    expect(make({ mode: "2775" }, "cache", "new/one")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(["cache", "cache/it's", "cache/it's/file", "new/one"].map((path) => mode(`releases/${ID}/${path}`))).toEqual([
      "2775",
      "2775",
      "660",
      "2775",
    ]);
    expect(make({ mode: "777" }, "cache").code).toBe(0);
    expect(mode(`releases/${ID}/cache/it's/file`)).toBe("666");
  });

  it("of shared are changed by themselves, and not what others have put there", () => {
    expect(make({ mode: "775" }, "uploads").code).toBe(0);
    expect([mode("shared/uploads"), mode("shared/uploads/theirs")]).toEqual(["775", "600"]);
    expect(host.exists(`releases/${ID}/uploads`)).toBe(false);
  });

  it("belong to the group, as will what is made in them", () => {
    const group = spawnSync("id", ["-gn"], { encoding: "utf8" }).stdout.trim();
    expect(check({ group }, ["cache", "uploads"])).toBe("");
    expect(make({ group }, "cache", "uploads").stderr).toBe("");
    expect(["cache", "cache/it's", "cache/it's/file"].map((path) => mode(`releases/${ID}/${path}`))).toEqual([
      "2770",
      "2770",
      "660",
    ]);
    expect(mode("shared/uploads")).toBe("2770");
  });

  it("are not what is behind a link of the revision", () => {
    mkdirSync(join(host.paths.root, "elsewhere"), { mode: 0o700 });
    host.link(`releases/${ID}/evil`, join(host.paths.root, "elsewhere"));
    for (const path of ["evil", "evil/deeper"]) {
      const ran = make({ mode: "777" }, path);
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("evil is a symbolic link in this revision")]);
    }
    host.link(`releases/${ID}/cache/evil`, join(host.paths.root, "elsewhere"));
    expect(make({ mode: "777" }, "cache").code).toBe(0);
    expect(mode("elsewhere")).toBe("700");
  });

  it.skipIf(!isRoot)(
    `are checked before anything is built: what belongs to others, and how to mend it${unless(isRoot, "needs root")}`,
    () => {
      const ours = 65534;
      chownSync(join(host.paths.root, "shared/uploads"), 1, 1);
      for (const path of [".", "shared"]) chmodSync(join(host.paths.root, path), 0o755);
      chmodSync(join(host.paths.root, ".."), 0o755);
      const uploads = `${host.paths.shared}/uploads`;
      const quoted = `'${uploads.replaceAll("'", "'\\''")}'`;
      expect(check({ mode: "775" }, ["cache", "uploads"], ours)).toBe(
        `problem ${uploads} belongs to another user, and its mode is not 775 (writableDirs).\nmend Once, on the host: sudo chmod 775 ${quoted}\n`,
      );
      expect(check({ group: "daemon" }, ["uploads"], ours)).toBe(
        [
          "problem nobody is not in the group daemon, and cannot give directories to it (writableBy).",
          "mend Once, on the host: sudo usermod -aG daemon nobody",
          `problem ${uploads} belongs to another user, and the group daemon cannot write to it (writableDirs).`,
          `mend Once, on the host: sudo chgrp -R daemon ${quoted} && sudo chmod -R g+rwX ${quoted}`,
          "",
        ].join("\n"),
      );
      chmodSync(join(host.paths.root, "shared/uploads"), 0o777);
      expect(check({ mode: "775" }, ["uploads"], ours)).toBe("");
    },
  );

  it.skipIf(!isRoot)(`leave alone what belongs to others, which the check has passed${unless(isRoot, "needs root")}`, () => {
    for (const path of ["..", ".", "shared", "releases"]) chmodSync(join(host.paths.root, path), 0o755);
    chownSync(join(host.paths.root, "shared/uploads"), 1, 1);
    chmodSync(join(host.paths.root, "shared/uploads"), 0o777);
    const ran = host.run(makeWritable(host.paths, ID, options({ mode: "775" }, ["uploads"])), { uid: 65534 });
    expect([ran.code, ran.stderr, mode("shared/uploads")]).toEqual([0, "", "777"]);
  });

  it("say when there is no such user, and no program for access control lists", () => {
    const said = check({ user: "no-such-user" }, ["cache"]);
    expect(said).toContain("problem There is no user no-such-user (writableBy).");
    expect(said.includes("tool setfacl")).toBe(!hasAcl);
  });

  it.skipIf(!hasAcl)(`let one user write, by an access control list${unless(hasAcl, "no setfacl")}`, () => {
    expect(check({ user: "daemon" }, ["cache", "uploads"])).toBe("");
    expect(make({ user: "daemon" }, "cache", "uploads").stderr).toBe("");
    const list = (path: string): string =>
      spawnSync("getfacl", ["-pc", join(host.paths.root, path)], { encoding: "utf8" }).stdout;
    for (const path of [`releases/${ID}/cache/it's`, "shared/uploads"]) {
      expect(list(path)).toContain("user:daemon:rwx");
      expect(list(path)).toContain("default:user:daemon:rwx");
    }
    expect(list(`releases/${ID}/cache/it's/file`)).toContain("user:daemon:rw-");
    expect(list("shared/uploads/theirs")).not.toContain("daemon");
  });
});
