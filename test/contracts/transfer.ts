/** What every transfer does, to a host and on this machine. */
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
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
import type { Launcher } from "../../src/process/launcher.ts";
import type { Transfer } from "../../src/process/transfers.ts";

export interface TransferContract {
  readonly name: string;
  create(): Promise<{
    readonly launcher: Launcher;
    readonly host: string;
    /** Of this machine and of the host, which are one. */
    readonly directory: string;
    /** The host's. */
    readonly home: string;
    stop(): Promise<void>;
  }>;
}

export function transferContract({ name, create }: TransferContract): void {
  describe(name, () => {
    let world: Awaited<ReturnType<TransferContract["create"]>>;
    let here: string;
    let there: string;
    let count = 0;
    beforeAll(async () => {
      world = await create();
    });
    beforeEach(() => {
      here = join(world.directory, `here-${count}`);
      there = join(world.directory, `there-${count++}`);
      mkdirSync(here);
      mkdirSync(there);
    });
    afterAll(async () => {
      await world.launcher.close();
      await world.stop();
    });
    const put = (paths: string | readonly string[], path: string): Promise<Transfer> =>
      world.launcher.put(world.host, paths, path).run() as Promise<Transfer>;
    const get = (paths: string | readonly string[], path: string): Promise<Transfer> =>
      world.launcher.get(world.host, paths, path).run() as Promise<Transfer>;
    const errorOf = (transfer: Transfer): string => transfer.processes.map(({ stderr }) => stderr).join("");
    const fine = (transfer: Transfer): Transfer => {
      expect([
        errorOf(transfer),
        ...transfer.processes.map(({ state }) => ("error" in state ? state.error?.message : undefined)),
      ]).toEqual(["", undefined]);
      expect(transfer.finishedOk).toBe(true);
      return transfer;
    };

    for (const [verb, run] of [
      ["put", put],
      ["get", get],
    ] as const) {
      it(`${verb}: a file by its exact name, with its mode and time`, async () => {
        writeFileSync(join(here, "a"), "content");
        chmodSync(join(here, "a"), 0o640);
        utimesSync(join(here, "a"), 1_600_000_000, 1_600_000_000);
        writeFileSync(join(there, "b"), "old");
        fine(await run(join(here, "a"), join(there, "b")));
        const { mode, mtimeMs } = statSync(join(there, "b"));
        expect([readFileSync(join(there, "b"), "utf8"), mode & 0o7777, mtimeMs]).toEqual(["content", 0o640, 1_600_000_000_000]);
        expect(readdirSync(there)).toEqual(["b"]);
      });

      it(`${verb}: an empty file, and names that a shell would read something else in`, async () => {
        for (const odd of ["empty", "-rf", "it's $HOME", "two\nlines", "back\\slash", "*", "ünï", " lead"])
          writeFileSync(join(here, odd), odd === "empty" ? "" : odd);
        fine(await run(join(here, "empty"), join(there, "empty")));
        fine(await run(join(here, "it's $HOME"), join(there, "-n 'x")));
        fine(await run(here, join(there, "tree")));
        expect(readdirSync(join(there, "tree")).sort()).toEqual(readdirSync(here).sort());
        expect(readFileSync(join(there, "tree", "two\nlines"), "utf8")).toBe("two\nlines");
        expect(readdirSync(there).sort()).toEqual(["-n 'x", "empty", "tree"]);
      });

      it(`${verb}: a directory with modes, times and links, under a new name and into one that is there`, async () => {
        makeTree(here);
        fine(await run(here, join(there, "copy")));
        expect(listing(join(there, "copy"))).toEqual(listing(here));
        fine(await run(here, there));
        expect(listing(join(there, here.slice(here.lastIndexOf("/") + 1)))).toEqual(listing(here));
      });

      it(`${verb}: fills a directory that is there, and leaves what it has besides`, async () => {
        mkdirSync(join(here, "site/deep"), { recursive: true });
        writeFileSync(join(here, "site/deep/new"), "new");
        writeFileSync(join(here, "site/same"), "new");
        mkdirSync(join(there, "site/deep"), { recursive: true });
        writeFileSync(join(there, "site/deep/kept"), "kept");
        writeFileSync(join(there, "site/same"), "old");
        fine(await run(join(here, "site"), there));
        expect(readdirSync(join(there, "site/deep")).sort()).toEqual(["kept", "new"]);
        expect(readFileSync(join(there, "site/same"), "utf8")).toBe("new");
      });

      it(`${verb}: several files and patterns into a directory, which a slash has made`, async () => {
        for (const one of ["a.txt", "b.txt", "a.md", "c.md", ".hidden.txt"]) writeFileSync(join(here, one), one);
        fine(await run([join(here, "*.txt"), join(here, "[!ab].md")], `${join(there, "new/dir")}/`));
        expect(readdirSync(join(there, "new/dir")).sort()).toEqual(["a.txt", "b.txt", "c.md"]);
      });

      it(`${verb}: many small files`, async () => {
        for (let index = 0; index < 700; index++) {
          mkdirSync(join(here, `d${index % 7}`), { recursive: true });
          writeFileSync(join(here, `d${index % 7}`, `${"long name ".repeat(12)}${index}`), randomBytes(index * 7));
        }
        const transfer = fine(await run(here, join(there, "copy")));
        expect(listing(join(there, "copy"))).toEqual(listing(here));
        expect(transfer.processes[0]?.stdout).toMatch(/^700 files, .* verified by SHA-256 \((?:sha256sum|openssl)\)\n$/);
        const bytes = (700 * 699 * 7) / 2;
        expect(transfer.progress.total).toMatchObject({ files: 700, totalFiles: 700, bytes, totalBytes: bytes, secondsLeft: 0 });
      });

      it(`${verb}: large files, one beside small ones, with progress that ends at the end`, async () => {
        writeFileSync(join(here, "large"), randomBytes(9 * 1024 * 1024));
        writeFileSync(join(here, "small"), "small");
        const seen: number[] = [];
        const action = world.launcher[verb](world.host, [join(here, "large"), join(here, "small")], there, {
          onProgress: ({ total }) => seen.push(total.bytes),
        });
        fine((await action.run()) as Transfer);
        expect(sumOf(join(there, "large"))).toBe(sumOf(join(here, "large")));
        expect(readdirSync(there).sort()).toEqual(["large", "small"]);
        expect(seen).toEqual([...seen].sort((one, other) => one - other));
        expect(seen.at(-1)).toBe(9 * 1024 * 1024 + 5);
      });

      it(`${verb}: refuses a directory in the place of a file and a file in the place of a directory`, async () => {
        mkdirSync(join(here, "tree"));
        writeFileSync(join(here, "tree/x"), "");
        writeFileSync(join(there, "file"), "as it was");
        mkdirSync(join(there, "tree/x"), { recursive: true });
        expect((await run(join(here, "tree"), there)).ok).toBe(false);
        expect((await run(join(here, "tree"), join(there, "file"))).ok).toBe(false);
        expect((await run(join(here, "tree/x"), join(there, "file/"))).ok).toBe(false);
        expect((await run([join(here, "tree"), join(here, "tree/x")], join(there, "new"))).ok).toBe(false);
        expect(readdirSync(there).sort()).toEqual(["file", "tree"]);
        expect(readFileSync(join(there, "file"), "utf8")).toBe("as it was");
      });
    }

    it.each([
      ["put", () => put],
      ["get", () => get],
    ] as const)("%s: leaves as it is what is neither a file nor a directory", async (_, verb) => {
      const files = ["one", "two"].map((name) => join(here, name));
      for (const file of files) writeFileSync(file, "content");
      execFileSync("mkfifo", [join(there, "one")]);
      symlinkSync(join(there, "one"), join(there, "link"));
      const run = verb();
      for (const name of ["one", "link"]) {
        const said = errorOf(await run(files[0] ?? "", join(there, name)));
        expect(said).toMatch(/(?:one|link) is neither a file nor a directory: it is left as it is/);
      }
      expect((await run(files, `${there}/`)).ok).toBe(false);
      expect(lstatSync(join(there, "one")).isFIFO()).toBe(true);
      expect(readdirSync(there).sort()).toEqual(["link", "one"]);
    });

    it("put: says all that is wrong with its sources before anything is sent", async () => {
      writeFileSync(join(here, "good"), "good");
      execFileSync("mkfifo", [join(here, "pipe")]);
      symlinkSync("loop", join(here, "loop"));
      const sources = ["good", "none", "*.no", "pipe", "loop"].map((name) => join(here, name));
      // Nothing is locked to root.
      if (process.getuid?.() !== 0) {
        mkdirSync(join(here, "tree"));
        writeFileSync(join(here, "tree/locked"), "", { mode: 0 });
        sources.push(join(here, "tree"));
      }
      const transfer = await put(sources, `${there}/`);
      const [failed] = transfer.processes;
      expect(failed?.problems).toEqual(["error"]);
      const message = failed?.state.state === "ended" ? failed.state.error?.message : "";
      const unread = process.getuid?.() === 0 ? [] : ['locked" cannot be read'];
      for (const part of ["none", "*.no", "a named pipe", 'loop" is a link that leads nowhere', ...unread])
        expect(message).toContain(part);
      expect(readdirSync(there)).toEqual([]);
    });

    it("get: says all that is not there", async () => {
      const transfer = await get([join(here, "none"), join(here, "other*")], `${there}/`);
      expect(errorOf(transfer)).toContain("none does not exist");
      expect(errorOf(transfer)).toContain(`nothing matches ${join(here, "other*")}`);
      expect(readdirSync(there)).toEqual([]);
    });

    it("put: relative is in the home directory there", async () => {
      writeFileSync(join(here, "a"), "a");
      fine(await put(join(here, "a"), "."));
      fine(await put(join(here, "a"), "sub/"));
      expect(readFileSync(join(world.home, "a"), "utf8")).toBe("a");
      expect(readFileSync(join(world.home, "sub/a"), "utf8")).toBe("a");
      fine(await get("sub/a", join(there, "back")));
      rmSync(join(world.home, "sub"), { recursive: true });
      rmSync(join(world.home, "a"));
      expect(readFileSync(join(there, "back"), "utf8")).toBe("a");
    });

    it("killed, it leaves nothing under its name, and goes on from there", async () => {
      for (const verb of ["put", "get"] as const) {
        const source = join(here, verb);
        writeFileSync(source, randomBytes(50 * 1024 * 1024));
        const action = world.launcher[verb](world.host, source, join(there, verb), { fsync: false }).start();
        while (!action.isEnded && action.progress.total.bytes < 10 * 1024 * 1024)
          await new Promise((resolve) => setTimeout(resolve, 2));
        await action.kill().wait();
        expect([action.ok, action.finishedOk, action.processes[0]?.exitCode]).toEqual([true, true, 143]);
        expect(readdirSync(there).filter((one) => !one.startsWith("."))).toEqual(verb === "put" ? [] : ["put"]);
        await action.reset();
        fine((await action.run()) as Transfer);
        expect(action.processes[0]?.stdout).toContain("were there");
        expect(sumOf(join(there, verb))).toBe(sumOf(source));
        expect(readdirSync(there).filter((one) => one.startsWith("."))).toEqual([]);
      }
    });
  });
}

function makeTree(directory: string): void {
  mkdirSync(join(directory, "sub/deep"), { recursive: true });
  writeFileSync(join(directory, "sub/deep/script"), "#!/bin/sh\n");
  chmodSync(join(directory, "sub/deep/script"), 0o755);
  writeFileSync(join(directory, "secret"), "s");
  chmodSync(join(directory, "secret"), 0o400);
  symlinkSync("sub/deep/script", join(directory, "link"));
  symlinkSync("../secret", join(directory, "sub/up"));
  symlinkSync("nowhere", join(directory, "broken"));
  mkdirSync(join(directory, "empty"));
  writeFileSync(join(directory, "large"), randomBytes(300_000));
  for (const one of ["sub/deep/script", "secret", "large", "sub/deep", "sub", "empty", "."])
    utimesSync(join(directory, one), 1_500_000_000, 1_500_000_000);
}

function listing(directory: string): readonly string[] {
  const names = readdirSync(directory, { recursive: true }) as string[];
  return names.sort().map((name) => {
    const file = join(directory, name);
    const info = lstatSync(file);
    const about = info.isSymbolicLink() ? readlinkSync(file) : info.isFile() ? sumOf(file) : "directory";
    // busybox makes links last, which sets the time of the directory that they are in.
    const isTimeless =
      info.isSymbolicLink() ||
      (info.isDirectory() && readdirSync(file, { withFileTypes: true }).some((one) => one.isSymbolicLink()));
    const time = isTimeless ? "" : Math.floor(info.mtimeMs / 1000);
    return `${name} ${info.isSymbolicLink() ? "" : (info.mode & 0o7777).toString(8)} ${time} ${about}`;
  });
}

function sumOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
