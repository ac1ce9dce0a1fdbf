/** What every sync does, to a host and on this machine. */

import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SyncOptions } from "../../src/process/transfer-options.ts";
import type { Transfer } from "../../src/process/transfers.ts";
import type { TransferContract } from "./transfer.ts";

export function syncContract({ name, create }: TransferContract): void {
  describe(name, () => {
    let world: Awaited<ReturnType<TransferContract["create"]>>;
    let here: string;
    let there: string;
    let count = 0;
    beforeAll(async () => {
      world = await create();
    });
    beforeEach(() => {
      here = join(world.directory, `sync-${count}`);
      there = join(world.directory, `synced-${count++}`, "dir");
      mkdirSync(here);
      mkdirSync(there, { recursive: true });
    });
    afterAll(async () => {
      await world.launcher.close();
      await world.stop();
    });
    const write = (root: string, path: string, content: string | Buffer, time = 1_600_000_000): void => {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), content);
      utimesSync(join(root, path), time, time);
    };
    const start = (options: SyncOptions, to = there): Promise<Transfer> =>
      world.launcher.sync(world.host, here, to, options).run() as Promise<Transfer>;
    const errorOf = ({ processes }: Transfer): string =>
      processes.map(({ stderr, state }) => `${stderr}${"error" in state ? (state.error?.message ?? "") : ""}`).join("");
    /** @returns its output, after "verified by ..." */
    const sync = async (options: SyncOptions = {}, to = there): Promise<string> => {
      const transfer = await start(options, to);
      expect(errorOf(transfer)).toBe("");
      expect(readdirSync(there).filter((one) => one.startsWith(".fake-"))).toEqual([]);
      return (transfer.processes[0]?.stdout ?? "").replace(/, [^,]*, verified by SHA-256 \([a-z0-9]*\)/, "").trimEnd();
    };

    it("sends what differs, and then nothing", async () => {
      for (const path of ["a", "deep/down/b", "it's $HOME", "two\nlines", "-rf", "ünï"]) write(here, path, path);
      mkdirSync(join(here, "empty"));
      symlinkSync("deep/down/b", join(here, "link"));
      chmodSync(join(here, "a"), 0o640);
      expect(await sync()).toBe("6 files, 0 unchanged");
      expect(listing(there)).toEqual(listing(here));
      expect(await sync({ delete: true })).toBe("0 files, 6 unchanged");
      write(here, "deep/down/b", "changed");
      write(here, "new/c", "c");
      rmSync(join(here, "link"));
      symlinkSync("a", join(here, "link"));
      expect(await sync()).toBe("2 files, 5 unchanged");
      expect(listing(there)).toEqual(listing(here));
    });

    it("mends modes, of files and directories, without sending them", async () => {
      write(here, "d/a", "a");
      await sync();
      chmodSync(join(here, "d/a"), 0o755);
      chmodSync(join(here, "d"), 0o750);
      expect(await sync()).toBe("0 files, 1 unchanged");
      expect(listing(there)).toEqual(listing(here));
    });

    it("by size and time, or by content", async () => {
      write(here, "a", "one");
      write(here, "b", "same");
      await sync();
      write(here, "a", "two");
      write(here, "b", "same", 1_700_000_000);
      expect(await sync({ exclude: "b" })).toBe("0 files, 1 unchanged");
      expect(readFileSync(join(there, "a"), "utf8")).toBe("one");
      expect(await sync({ checksum: true })).toBe("1 file, 1 unchanged");
      expect(listing(there)).toEqual(listing(here));
    });

    it("deletes what is not here, when it is asked to; nothing that is excluded", async () => {
      write(here, "a", "a");
      for (const path of ["a", "old", "it's/old", "logs/today", "-rf/x", "d/node_modules/m", "d/x"]) write(there, path, "a");
      expect(await sync()).toBe("0 files, 1 unchanged");
      expect(readdirSync(there)).toHaveLength(6);
      write(here, "node_modules/n", "n");
      expect(await sync({ delete: true, exclude: ["node_modules", "/logs/"] })).toBe("0 files, 1 unchanged, 4 deleted");
      expect(readdirSync(there).sort()).toEqual(["a", "d", "logs"]);
      expect(existsSync(join(there, "d/node_modules/m"))).toBe(true);
      expect(readdirSync(join(there, "d"))).toEqual(["node_modules"]);
    });

    it("through no links that lead out, whatever is asked for", async () => {
      const outside = join(there, "../outside");
      write(outside, "x", "outside");
      write(here, "d/x", "here");
      symlinkSync(outside, join(there, "d"));
      symlinkSync(outside, join(there, "extra"));
      symlinkSync(join(outside, "x"), join(there, "f"));
      write(here, "f", Buffer.alloc(9 * 1024 * 1024));
      const refused = await start({});
      expect(errorOf(refused)).toContain("In the way of something else: d (a link there)");
      expect(await sync({ delete: true })).toBe("2 files, 0 unchanged, 1 deleted");
      expect(listing(there)).toEqual(listing(here));
      expect(readFileSync(join(outside, "x"), "utf8")).toBe("outside");
      expect(readdirSync(outside)).toEqual(["x"]);
    });

    it("a directory where a file is and a file where a directory is: with delete", async () => {
      write(here, "a/x", "x");
      write(here, "b", "b");
      write(there, "a", "a");
      write(there, "b/x", "x");
      const before = listing(there);
      expect(errorOf(await start({}))).toContain("a (a file there), b (a directory there)");
      expect(listing(there)).toEqual(before);
      await sync({ delete: true });
      expect(listing(there)).toEqual(listing(here));
    });

    it("the directory itself is made, and may be a link", async () => {
      write(here, "a", "a");
      await sync({}, join(there, "new/dir"));
      expect(readdirSync(join(there, "new/dir"))).toEqual(["a"]);
      symlinkSync("new/dir", join(there, "current"));
      write(here, "b", "b");
      expect(await sync({ delete: true }, join(there, "current/"))).toBe("1 file, 1 unchanged");
      expect(lstatSync(join(there, "current")).isSymbolicLink()).toBe(true);
      expect(readdirSync(join(there, "new/dir"))).toEqual(["a", "b"]);
    });

    it("large files by themselves", async () => {
      write(here, "d/large", randomBytes(9 * 1024 * 1024));
      write(here, "small", "small");
      expect(await sync()).toBe("2 files, 0 unchanged");
      expect(await sync()).toBe("0 files, 2 unchanged");
      expect(readFileSync(join(there, "d/large")).equals(readFileSync(join(here, "d/large")))).toBe(true);
    });

    it("an empty directory empties one, a missing one nothing", async () => {
      write(there, "a", "a");
      expect(await sync({ delete: true })).toBe("0 files, 0 unchanged, 1 deleted");
      write(there, "a", "a");
      rmSync(here, { recursive: true });
      expect(errorOf(await start({ delete: true }))).toContain("does not exist");
      writeFileSync(here, "a file");
      expect(errorOf(await start({ delete: true }))).toContain("is a file, and no directory");
      expect(readdirSync(there)).toEqual(["a"]);
    });

    it("refuses a file in its place, and leaves it", async () => {
      write(there, "../file", "as it was");
      expect(errorOf(await start({ delete: true }, join(there, "../file")))).toContain("where a directory is needed");
      expect(statSync(join(there, "../file")).size).toBe(9);
    });
  });
}

function listing(directory: string): readonly string[] {
  const names = readdirSync(directory, { recursive: true }) as string[];
  return names.sort().map((name) => {
    const file = join(directory, name);
    const info = lstatSync(file);
    if (info.isSymbolicLink()) return `${name} -> ${readlinkSync(file)}`;
    const mode = (info.mode & 0o7777).toString(8);
    return info.isDirectory() ? `${name} ${mode}` : `${name} ${mode} ${info.mtimeMs} ${readFileSync(file).toString("latin1")}`;
  });
}
