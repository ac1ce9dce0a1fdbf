import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unless } from "../../support/unless.ts";
import { failures } from "../rig.ts";
import { type OnHost, onHost } from "./on-host.ts";

/** Another user than ours needs root and sudo on this machine. */
const canSudo = ((): boolean => {
  try {
    execFileSync("sudo", ["-n", "-u", "nobody", "true"], { stdio: "ignore" });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
})();

let host: OnHost;
beforeEach(async () => {
  host = await onHost();
  await chmod(host.folder, 0o755);
});
afterEach(() => host.remove());

const noSudo = unless(canSudo, "sudo asks for a password, or is not installed");

describe.skipIf(!canSudo)(`as another user${noSudo}`, () => {
  it("files are written, read and replaced as that user", async () => {
    const uid = Number(execFileSync("id", ["-u", "nobody"], { encoding: "utf8" }));
    const folder = join(host.folder, "theirs");
    await mkdir(folder);
    await chown(folder, uid, -1);
    await writeFile(join(host.folder, "source"), "content");
    const result = await host.work(async (t) => {
      const theirs = t.as("nobody").within("theirs");
      expect(await theirs.capture`id -un`).toBe("nobody");
      await theirs.writeFile("file", "one\ntwo");
      await theirs.writeFile("file", "three\n", { mode: "600" });
      expect(await theirs.readFile("file")).toBe("three\n");
      expect(await theirs.exists("file")).toBe(true);
      await theirs.upload(join(host.folder, "source"), "uploaded");
      await theirs.download("uploaded", join(host.folder, "back"));
      await expect(t.as("nobody").writeFile("not-theirs", "x")).rejects.toThrow();
    });
    expect(failures(result)).toEqual([]);
    expect(await readFile(join(host.folder, "back"), "utf8")).toBe("content");
    expect((await stat(join(folder, "file"))).uid).toBe(uid);
    expect((await stat(join(folder, "file"))).mode & 0o777).toBe(0o600);
  });

  it("a process runs as that user, and is ended with the task", async () => {
    const result = await host.work(async (t) => {
      const theirs = t.as("nobody").spawn("id -un; cat");
      expect(await theirs.expect("nobody\n", { timeout: "20s" })).toBeDefined();
    });
    expect(failures(result)).toEqual([]);
  });

  it("a file keeps its owner when root replaces it", async () => {
    const uid = Number(execFileSync("id", ["-u", "nobody"], { encoding: "utf8" }));
    const file = join(host.folder, "theirs");
    await writeFile(file, "old");
    await chown(file, uid, -1);
    expect(failures(await host.work((t) => t.writeFile("theirs", "new")))).toEqual([]);
    expect((await stat(file)).uid).toBe(uid);
  });
});
