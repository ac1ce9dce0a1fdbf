/** What a transfer makes of destinations that are not there or are refused, and of links that lead nowhere. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Transfer } from "../../src/process/transfers.ts";
import { nowhere } from "../support/nowhere.ts";
import { createSmallDisk, SMALL_DISK_MISSING } from "../support/small-disk.ts";
import type { TransferContract } from "./transfer.ts";

export function transferEdges({ name, create }: TransferContract): void {
  describe(`${name}: edges`, () => {
    let world: Awaited<ReturnType<TransferContract["create"]>>;
    let here: string;
    let there: string;
    let count = 0;
    beforeAll(async () => {
      world = await create();
    });
    beforeEach(() => {
      here = join(world.directory, `edge-here-${count}`);
      there = join(world.directory, `edge-there-${count++}`);
      for (const one of [here, there]) mkdirSync(one);
      mkdirSync(join(here, "dir"));
      writeFileSync(join(here, "dir/a"), "a");
    });
    afterAll(async () => {
      await world.launcher.close();
      await world.stop();
    });
    const put = (paths: string, path: string): Promise<Transfer> =>
      world.launcher.put(world.host, paths, path).run() as Promise<Transfer>;
    const get = (paths: string, path: string): Promise<Transfer> =>
      world.launcher.get(world.host, paths, path).run() as Promise<Transfer>;
    const saidOf = ({ processes }: Transfer): string =>
      processes
        .map(({ stdout, stderr, state }) => stdout + stderr + ("error" in state ? (state.error?.message ?? "") : ""))
        .join("");
    const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;

    for (const [verb, run] of [
      ["put", put],
      ["get", get],
    ] as const) {
      it(`${verb}: makes the directory that its destination is in`, async () => {
        expect(saidOf(await run(join(here, "dir/a"), join(there, "new/deep/b")))).toMatch(/^1 file, /);
        expect(saidOf(await run(join(here, "dir"), join(there, "other/deep/dir")))).toMatch(/^1 file, /);
        expect(readFileSync(join(there, "new/deep/b"), "utf8")).toBe("a");
        expect(readFileSync(join(there, "other/deep/dir/a"), "utf8")).toBe("a");
        expect(lstatSync(join(there, "new")).mode & 0o777).toBe(0o755);
        writeFileSync(join(there, "file"), "");
        const [deep, flat] = [
          await run(join(here, "dir/a"), join(there, "file/in/b")),
          await run(join(here, "dir/a"), join(there, "file/b")),
        ];
        expect([deep.finishedOk, saidOf(deep)]).toEqual([false, expect.stringContaining(join(there, "file"))]);
        expect([flat.finishedOk, saidOf(flat)]).toEqual([
          false,
          expect.stringContaining("is a file, where a directory is needed"),
        ]);
      });

      it(`${verb}: what a pattern matches may be a link that leads nowhere; what is named may not`, async () => {
        symlinkSync("nowhere", join(here, "dir/broken"));
        const all = await run(join(here, "dir/*"), `${there}/all/`);
        expect([all.finishedOk, saidOf(all)]).toEqual([true, expect.stringMatching(/^1 file, 1 byte, /)]);
        expect([readdirSync(join(there, "all")), readlinkSync(join(there, "all/broken"))]).toEqual([["a", "broken"], "nowhere"]);
        const only = await run(join(here, "dir/br*"), `${there}/only/`);
        expect([only.finishedOk, readlinkSync(join(there, "only/broken"))]).toEqual([true, "nowhere"]);
        const named = await run(join(here, "dir/broken"), `${there}/named/`);
        expect([named.finishedOk, saidOf(named)]).toEqual([false, expect.stringContaining("is a link that leads nowhere")]);
        expect(isLink(join(there, "named/broken"))).toBe(false);
      });
    }

    it("get: leaves out and says which links lead nowhere out of the directory", async () => {
      for (const [link, target] of Object.entries({ up: "../nowhere", far: join(nowhere, "at/all"), near: "x/nowhere" }))
        symlinkSync(target, join(here, "dir", link));
      const all = await get(join(here, "dir/*"), `${there}/all/`);
      const left = [join(here, "dir/far"), join(here, "dir/up")];
      expect([all.finishedOk, all.progress.hosts[0]?.outcome?.leftOut]).toEqual([true, left]);
      expect(saidOf(all)).toContain(`, left out: ${left.join(", ")} (leading nowhere)`);
      expect(readdirSync(join(there, "all"))).toEqual(["a", "near"]);
    });

    it("get: leaves no directories behind where it is refused", async () => {
      symlinkSync("/etc", join(here, "dir/out"));
      const refused = await get(join(here, "dir"), join(there, "new/deep/"));
      expect(saidOf(refused)).toContain("leads out of the directory");
      const two = world.launcher.get([world.host, world.host], join(here, "dir"), (_, at) => join(there, `each/${at}/`));
      expect(((await two.run()) as Transfer).finishedOk).toBe(false);
      expect(readdirSync(there)).toEqual([]);
      mkdirSync(join(there, "mine/in"), { recursive: true });
      await get(join(here, "dir"), join(there, "mine/in/new/"));
      expect(readdirSync(join(there, "mine/in"))).toEqual([]);
    });

    it.skipIf(SMALL_DISK_MISSING !== "")(
      `get: names the destination that cannot be written, and no other name ${SMALL_DISK_MISSING}`,
      async () => {
        const disk = createSmallDisk(join(there, "disk"), { bytes: 65536, inodes: 20 });
        const expected = (file: string, why: string) => `${join(there, "disk", file)} cannot be written: ${why}.\n`;
        try {
          writeFileSync(join(here, "big"), Buffer.alloc(200_000, 1));
          expect(saidOf(await get(join(here, "big"), `${there}/disk/`))).toBe(expected("big", "no space left on device"));
          disk.mode("ro");
          expect(saidOf(await get(join(here, "dir/a"), `${there}/disk/`))).toBe(expected("a", "read-only file system"));
          expect(saidOf(await get(join(here, "dir"), `${there}/disk/`))).toBe(
            expected("", "read-only file system").replace("/ c", " c"),
          );
          const made = await get(join(here, "dir"), `${there}/disk/new/`);
          expect(saidOf(made)).toBe(`The directory ${join(there, "disk/new")} cannot be made: read-only file system.\n`);
          disk.mode("rw");
          expect(readdirSync(join(there, "disk"))).toEqual([]);
        } finally {
          disk.remove();
        }
      },
    );
  });
}
