import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { extractTar } from "../../../src/process/transfer/extract.ts";
import { Meter } from "../../../src/process/transfer/progress.ts";
import { paddingFor, type TarHeader, tarEnd, writeHeader } from "../../../src/process/transfer/tar-header.ts";

let directory: string;
let root: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fake-extract-"));
  root = join(directory, "root");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function entry(header: Partial<TarHeader> & { readonly path: string }, content = ""): Buffer {
  const size = Buffer.byteLength(content);
  const head = writeHeader({ type: "file", mode: 0o644, mtime: 1, size, ...header });
  return Buffer.concat([head, Buffer.from(content), Buffer.alloc(paddingFor(size))]);
}

/** With another type than ours can have. */
function retyped(header: Buffer, flag: string): Buffer {
  const block = Buffer.from(header);
  const old = block[156] ?? 0;
  block.write(flag, 156, "latin1");
  const sum = Number.parseInt(block.toString("latin1", 148, 154), 8) - old + flag.charCodeAt(0);
  block.write(sum.toString(8).padStart(6, "0"), 148, "latin1");
  return block;
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const extract = (parts: readonly Buffer[], size = 1000): Promise<void> =>
  extractTar(inPieces(Buffer.concat([...parts, tarEnd()]), size), root, new Meter());

describe("what a host sends is refused", () => {
  test.each([
    ["an absolute path", [entry({ path: "/tmp/fake-evil" }, "x")], "absolute"],
    ["a path that leads out", [entry({ path: "a/../../evil" }, "x")], "leads out"],
    ["a directory that leads out", [entry({ path: "../evil", type: "directory" })], "leads out"],
    ["an absolute link", [entry({ path: "l", type: "link", target: "/etc" })], "leads out"],
    ["a link that leads out", [entry({ path: "d/l", type: "link", target: "../../evil" })], "leads out"],
    ["a hard link that leads out", [entry({ path: "l", type: "hardlink", target: "../evil" })], "leads out"],
    ["an absolute hard link", [entry({ path: "l", type: "hardlink", target: "/etc/hostname" })], "absolute"],
    ["a hard link to what is not in it", [entry({ path: "l", type: "hardlink", target: "other" })], "did not come before"],
    ["a character device", [retyped(entry({ path: "dev" }), "3")], "a device"],
    ["a block device", [retyped(entry({ path: "dev" }), "4")], "a device"],
    ["a named pipe", [retyped(entry({ path: "pipe" }), "6")], "a named pipe"],
    ["what nobody knows", [retyped(entry({ path: "what" }), "Z")], "of type"],
    ["a damaged header", [Buffer.from(entry({ path: "a" })).fill("x", 0, 1)], "damaged"],
  ])("%s", async (_, parts, why) => {
    await expect(extract(parts)).rejects.toMatchObject({ code: "BAD_ARCHIVE", message: expect.stringContaining(why) });
    expect(existsSync(join(directory, "evil"))).toBe(false);
    expect(readdirSync(directory)).toEqual(["root"]);
  });

  it("the same name twice", async () => {
    await expect(extract([entry({ path: "a" }, "1"), entry({ path: "a" }, "2")])).rejects.toMatchObject({ code: "EEXIST" });
  });

  it("what is cut off, wherever", async () => {
    const whole = Buffer.concat([entry({ path: "a" }, "content"), entry({ path: "b".repeat(200) }, "x".repeat(2000)), tarEnd()]);
    for (let size = 0; size < whole.length - 1024; size += 200) {
      rmSync(root, { recursive: true, force: true });
      await expect(extractTar(inPieces(whole.subarray(0, size), 300), root, new Meter())).rejects.toMatchObject({
        code: "BAD_ARCHIVE",
      });
    }
  });
});

it("writes through no link of the archive", async () => {
  mkdirSync(join(directory, "inner"));
  const parts = [entry({ path: "d", type: "link", target: "other" }), entry({ path: "d/file" }, "x")];
  await expect(extract(parts)).rejects.toMatchObject({ code: "EEXIST" });
  expect(existsSync(join(root, "other"))).toBe(false);
});

it("keeps no setuid, setgid and sticky bits", async () => {
  await extract([entry({ path: "a", mode: 0o7755 }, "x"), entry({ path: "d", mode: 0o7777, type: "directory" })]);
  expect([lstatSync(join(root, "a")).mode & 0o7777, lstatSync(join(root, "d")).mode & 0o7777]).toEqual([0o755, 0o777]);
});

it("hard links within it stay what they are", async () => {
  await extract([entry({ path: "a" }, "x"), entry({ path: "b", type: "hardlink", target: "a" })]);
  expect(lstatSync(join(root, "a")).ino).toBe(lstatSync(join(root, "b")).ino);
});

test.each(["gnu", "ustar", "pax", "v7"])("reads what tar writes (%s), in pieces of any size", async (format) => {
  const source = join(directory, "source");
  const longs =
    format === "gnu" || format === "pax"
      ? ["n".repeat(150), `${"deep/".repeat(30)}file`]
      : [`${"d".repeat(60)}/${"e".repeat(30)}`];
  for (const name of ["a", "ünï", ...longs]) {
    mkdirSync(join(source, name, ".."), { recursive: true });
    writeFileSync(join(source, name), name);
  }
  symlinkSync("a", join(source, "link"));
  const archive = execFileSync("tar", [`--format=${format}`, "-cf", "-", "-C", source, "."]);
  for (const size of [1, 511, 100_000]) {
    rmSync(root, { recursive: true, force: true });
    await extractTar(inPieces(archive, size), root, new Meter());
    for (const name of ["a", "ünï", "link", ...longs])
      expect(readFileSync(join(root, name), "utf8")).toBe(name === "link" ? "a" : name);
  }
});
