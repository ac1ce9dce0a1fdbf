import { execFileSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../../src/command/secret.ts";
import type { TaskContext } from "../../../src/runner/context.ts";
import { failures } from "../rig.ts";
import { type OnHost, onHost } from "./on-host.ts";

let host: OnHost;
beforeEach(async () => {
  host = await onHost();
});
afterEach(() => host.remove());

const at = (name: string): string => join(host.folder, name);
const modeOf = async (name: string): Promise<string> => ((await stat(at(name))).mode & 0o7777).toString(8);

async function ok(body: (t: TaskContext) => unknown): Promise<void> {
  expect(failures(await host.work(body))).toEqual([]);
}

async function failure(body: (t: TaskContext) => unknown): Promise<string> {
  const result = await host.work(body);
  const { message = "", stderr = "" } = result.failures[0]?.error ?? {};
  return `${message}\n${stderr}`;
}

describe("writeFile", () => {
  it("writes text, bytes and secrets, exactly", async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    await ok(async (t) => {
      await t.writeFile("text", "line ä\nend without newline");
      await t.writeFile("bytes", bytes);
      await t.writeFile("secret", new Secret("hunter22"));
      await t.writeFile("empty", "");
    });
    expect(await readFile(at("text"), "utf8")).toBe("line ä\nend without newline");
    expect(await readFile(at("bytes"))).toEqual(bytes);
    expect(await readFile(at("secret"), "utf8")).toBe("hunter22");
    expect(await readFile(at("empty"), "utf8")).toBe("");
  });

  it("gives new files 644, secrets 600, keeps the mode of files that exist, and takes one that is given", async () => {
    await writeFile(at("old"), "old");
    await chmod(at("old"), 0o750);
    await writeFile(at("old-secret"), "old");
    await chmod(at("old-secret"), 0o640);
    await ok(async (t) => {
      await t.umask("000").writeFile("new", "x");
      await t.writeFile("new-secret", new Secret("hunter22"));
      await t.writeFile("old", "x");
      await t.writeFile("old-secret", new Secret("hunter22"));
      await t.writeFile("given", "x", { mode: "4711" });
    });
    expect(await Promise.all(["new", "new-secret", "old", "old-secret", "given"].map(modeOf))).toEqual([
      ...["644", "600", "750", "640", "4711"],
    ]);
  });

  it("lets nobody else read a file before it has its mode", async () => {
    await ok((t) => t.umask("000").prefix('cat() { command cat; stat -c %a "$t" > seen; }').writeFile("new", "x"));
    expect(await readFile(at("seen"), "utf8")).toBe("600\n");
  });

  it("takes any name for what it is, and leaves nothing beside it", async () => {
    const names = ["-rf", "a b", "it's", "$HOME", "*", "ä", "back\\slash", "-"];
    await ok(async (t) => {
      for (const name of names) await t.writeFile(name, name);
      await t.within("/").writeFile(at("absolute"), "x");
    });
    expect((await readdir(host.folder)).toSorted()).toEqual([...names, "absolute"].toSorted());
    for (const name of names) expect(await readFile(at(name), "utf8")).toBe(name);
  });

  it("writes to what a link points to", async () => {
    await mkdir(at("shared"));
    await writeFile(at("shared/.env"), "old");
    await symlink("shared/.env", at(".env"));
    await symlink("shared/not-yet", at("dangling"));
    await ok(async (t) => {
      await t.writeFile(".env", "new");
      await t.writeFile("dangling", "made");
    });
    expect(await readlink(at(".env"))).toBe("shared/.env");
    expect(await readFile(at("shared/.env"), "utf8")).toBe("new");
    expect(await readFile(at("shared/not-yet"), "utf8")).toBe("made");
    expect(await readdir(at("shared"))).toEqual([".env", "not-yet"]);
  });

  it("refuses directories, missing parents, bad modes and empty names; the old file stays", async () => {
    await mkdir(at("folder"));
    expect(await failure((t) => t.writeFile("folder", "x"))).toContain("is a directory");
    expect(await failure((t) => t.writeFile("nowhere/file", "x"))).toContain("nowhere");
    expect(await failure((t) => t.writeFile("file", "x", { mode: "u+x" }))).toContain("file mode");
    expect(await failure((t) => t.writeFile("", "x"))).toContain("empty");
    expect(await readdir(at("folder"))).toEqual([]);
    expect(await readdir(host.folder)).toEqual(["folder"]);
  });

  it("shows what it does, and nothing of the content", async () => {
    const result = await host.work(async (t) => {
      await t.writeFile("file", "the content");
      await t.readFile("file");
    });
    expect(result.rig.of("commandStarted").map(({ command }) => command)).toEqual(["write file (11 bytes)", "read file"]);
    expect(JSON.stringify(result.rig.events)).not.toContain("the content");
  });
});

describe("upload and download", () => {
  it("move files of any size and content both ways, whole", async () => {
    const bytes = Buffer.alloc(3_000_000, "\0\n\u00ff\r%");
    await writeFile(at("source"), bytes);
    await ok(async (t) => {
      await t.upload(at("source"), "there");
      await t.download("there", at("back"));
      await t.download("there", at("back"));
    });
    expect((await readFile(at("there"))).equals(bytes)).toBe(true);
    expect((await readFile(at("back"))).equals(bytes)).toBe(true);
    expect((await readdir(host.folder)).toSorted()).toEqual(["back", "source", "there"]);
    expect(await modeOf("back")).toBe("644");
  });

  it("leave as it is what is neither a file nor a directory", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    await writeFile(at("file"), "x");
    expect(await failure((t) => t.upload(at("file"), "pipe"))).toContain("neither a file nor a directory");
    expect(await failure((t) => t.writeFile("pipe", "x"))).toContain("neither a file nor a directory");
    expect(await failure((t) => t.download("file", at("pipe")))).toContain("neither a file nor a directory");
    expect((await stat(at("pipe"))).isFIFO()).toBe(true);
    expect((await readdir(host.folder)).toSorted()).toEqual(["file", "pipe"]);
  });

  it("say all that is missing of what is asked for at once, with the line, before any of it is sent", async () => {
    await writeFile(at("there"), "x");
    const { failures: found, exitCode } = await host.work((t) =>
      Promise.all([t.upload(at("there"), "a"), t.upload(at("missing"), "b"), t.upload("no/such/file", "c")]),
    );
    expect(found.map(({ error }) => error)).toEqual([
      expect.objectContaining({
        message: `"${at("missing")}" does not exist.\n"no/such/file" does not exist.`,
        hint: `Looked in ${process.cwd()}, where fake was started.`,
        where: expect.stringMatching(/context-files\.test\.ts:\d+$/),
      }),
    ]);
    expect([exitCode, await readdir(host.folder)]).toEqual([2, ["there"]]);
    const alone = await host.work((t) => t.upload(at("missing"), "b"));
    expect(alone.failures[0]?.error).toMatchObject({ message: `"${at("missing")}" does not exist.`, hint: undefined });
    await ok(async (t) => {
      await t.upload(at("missing"), "b").catch(() => undefined);
      await t.upload(at("there"), "a");
    });
    expect(await readFile(at("a"), "utf8")).toBe("x");
  });

  it("say what cannot be read or written, and leave nothing behind", async () => {
    await mkdir(at("folder"));
    expect(await failure((t) => t.download("missing", at("x")))).toContain("missing");
    expect(await failure((t) => t.download("missing", at("folder")))).toContain("it is a directory");
    const refused = `The directory ${at("real")} cannot be made: file already exists.`;
    expect(await failure((t) => t.run`echo x > real`.then(() => t.download("real", at("real/x"))))).toContain(refused);
    expect((await readdir(host.folder)).toSorted()).toEqual(["folder", "real"]);
  });

  it("keep what was there when a download fails", async () => {
    await writeFile(at("kept"), "old");
    expect(await failure((t) => t.download("missing", at("kept")))).toContain("missing");
    expect(await readFile(at("kept"), "utf8")).toBe("old");
  });
});

describe("readFile and exists", () => {
  it("read text as it is, and tell what is there", async () => {
    await writeFile(at("file"), "\ufeffline\n\n");
    await symlink("nowhere", at("dangling"));
    await ok(async (t) => {
      expect(await t.readFile("file")).toBe("\ufeffline\n\n");
      expect(await t.readFile("/dev/null")).toBe("");
      expect(await Promise.all(["file", ".", "no", "dangling", "-e", "~/"].map((name) => t.exists(name)))).toEqual([
        ...[true, true, false, false, false, true],
      ]);
    });
  });

  it("fail for a file that is not there, and for one that is too large", async () => {
    expect(await failure((t) => t.readFile("missing"))).toContain("read missing: exit code 1");
    expect(await failure((t) => t.readFile("/dev/zero"))).toContain("/dev/zero on web1 is larger than 64 MiB.");
  });
});
