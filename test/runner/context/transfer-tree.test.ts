import { randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, readdir, readFile, readlink, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { TaskContext } from "../../../src/runner/context.ts";
import { failures } from "../rig.ts";
import { type OnHost, onHost } from "./on-host.ts";

let host: OnHost;
beforeEach(async () => {
  host = await onHost();
  await mkdir(at("site/deep/down"), { recursive: true });
  await writeFile(at("site/deep/down/a"), "a");
  await writeFile(at("site/it's $HOME"), randomBytes(300_000));
  await writeFile(at("site/deep/script"), "#!/bin/sh\n");
  await chmod(at("site/deep/script"), 0o750);
  await mkdir(at("site/empty"));
  await symlink("deep/script", at("site/link"));
  for (const path of ["site/deep/script", "site/deep/down/a"]) await utimes(at(path), 1_600_000_000, 1_600_000_000);
});
afterEach(() => host.remove());

const at = (name: string): string => join(host.folder, name);

async function ok(body: (t: TaskContext) => unknown): Promise<void> {
  expect(failures(await host.work(body))).toEqual([]);
}

async function failure(body: (t: TaskContext) => unknown): Promise<string> {
  const { failures: found } = await host.work(body);
  const {
    message = "",
    stderr = "",
    problems = [],
  } = (found[0]?.error ?? {}) as { message?: string; stderr?: string; problems?: [] };
  return `${message}\n${stderr}${JSON.stringify(problems)}`;
}

async function listing(directory: string): Promise<readonly string[]> {
  const names = (await readdir(directory, { recursive: true })).toSorted();
  return await Promise.all(
    names.map(async (name) => {
      const info = await lstat(join(directory, name));
      if (info.isSymbolicLink()) return `${name} -> ${await readlink(join(directory, name))}`;
      const mode = (info.mode & 0o7777).toString(8);
      if (info.isDirectory()) return `${name} ${mode}`;
      return `${name} ${mode} ${Math.floor(info.mtimeMs / 1000)} ${(await readFile(join(directory, name))).toString("latin1")}`;
    }),
  );
}

it("directories go both ways, with modes, times and links", async () => {
  await ok(async (t) => {
    await t.upload(at("site"), "new/there");
    await t.download("new/there", at("back"));
  });
  expect(await listing(at("new/there"))).toEqual(await listing(at("site")));
  expect(await listing(at("back"))).toEqual(await listing(at("site")));
  expect((await readdir(host.folder)).toSorted()).toEqual(["back", "new", "site"]);
});

it("fill directories that are there, and leave what these have besides", async () => {
  for (const place of ["there", "back"]) {
    await mkdir(at(`${place}/deep`), { recursive: true });
    await writeFile(at(`${place}/deep/kept`), "kept");
    await writeFile(at(`${place}/deep/script`), "old");
  }
  await ok(async (t) => {
    await t.within(at("there")).upload(at("site"), ".");
    await t.download("there", at("back"));
  });
  for (const place of ["there", "back"]) {
    expect((await readdir(at(`${place}/deep`))).toSorted()).toEqual(["down", "kept", "script"]);
    expect(await readFile(at(`${place}/deep/script`), "utf8")).toBe("#!/bin/sh\n");
    expect((await readdir(at(place))).filter((name) => name.startsWith("."))).toEqual([]);
  }
});

it("show no content, and say how much it is", async () => {
  await writeFile(at("site/secret"), "content that is not shown");
  const { rig } = await host.work(async (t) => {
    await t.upload(at("site"), "there");
    await t.download("there", at("back"));
  });
  const shown = JSON.stringify(rig.events);
  expect(shown).not.toContain("content that is not shown");
  expect(shown).toMatch(/upload [^ ]*site to there \(4 files, 293.0 KiB\)/);
});

it("say what is in the way, and leave it", async () => {
  await writeFile(at("file"), "as it was");
  expect(await failure((t) => t.upload(at("site"), "file"))).toContain("is a file, where a directory is needed");
  expect(await failure((t) => t.download("site", at("file")))).toContain("it is a directory there, and a file here");
  await mkdir(at("there/deep/script"), { recursive: true });
  expect(await failure((t) => t.upload(at("site"), "there"))).toContain("is a directory, where a file is to be");
  expect(await failure((t) => t.download("site", at("there")))).toContain("is a directory, where a file is to be");
  expect(await readFile(at("file"), "utf8")).toBe("as it was");
  expect(await listing(at("there"))).toEqual([expect.stringMatching(/^deep \d+$/), expect.stringMatching(/^deep\/script \d+$/)]);
  expect((await readdir(host.folder)).toSorted()).toEqual(["file", "site", "there"]);
});

it("come into a directory that is made, and is none when they are refused", async () => {
  await ok(async (t) => {
    await t.download("site/deep/down/a", at("new/files/a"));
    await t.download("site", at("new/trees/site"));
  });
  expect([await readdir(at("new/files")), await readdir(at("new/trees/site/deep/down"))]).toEqual([["a"], ["a"]]);
  await symlink("/etc", at("site/out"));
  expect(await failure((t) => t.download("site", at("other/deep/back")))).toContain("leads out of the directory");
  expect(await failure((t) => t.download("nothing", at("other/deep/file")))).not.toBe("");
  expect((await readdir(host.folder)).toSorted()).toEqual(["new", "site"]);
});

it("refuse a mode for a directory, and a link that leads out of what comes", async () => {
  expect(await failure((t) => t.upload(at("site"), "there", { mode: "600" }))).toContain("have modes of their own");
  await symlink("/etc", at("site/out"));
  expect(await failure((t) => t.download("site", at("back")))).toContain("leads out of the directory");
  expect((await readdir(host.folder)).toSorted()).toEqual(["site"]);
});
