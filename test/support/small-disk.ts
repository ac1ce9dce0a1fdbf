/**
 * A file system of its own, small enough to be filled: tmpfs, mounted where a test wants it. Needs the right to mount, which a
 * test run on a laptop does not have: ask `SMALL_DISK_MISSING` first.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk {
  readonly directory: string;
  /** Leaves no more than `free` bytes. @default 0 */
  fill(free?: number): void;
  /** Makes files until no more fit. */
  fillInodes(): void;
  /** Removes what `fill` and `fillInodes` made. */
  empty(): void;
  /** Makes it read-only, or writable again. */
  mode(mode: "ro" | "rw"): void;
  remove(): void;
}

/** Why there are no small disks here; empty where there are. */
export const SMALL_DISK_MISSING = findReason();

export function createSmallDisk(
  directory: string,
  { bytes, inodes }: { readonly bytes: number; readonly inodes: number },
): SmallDisk {
  mkdirSync(directory, { recursive: true });
  const failed = mount(["-t", "tmpfs", "-o", `size=${bytes},nr_inodes=${inodes},mode=755`, "tmpfs", directory]);
  if (failed !== "") throw new Error(failed);
  const watch = unmountAtTheEnd(directory);
  const ballast = join(directory, "ballast");
  const crowd = join(directory, "crowd");
  return {
    directory,
    fill(free = 0) {
      const file = openSync(ballast, "w");
      const size = writeUntilFull(file, Buffer.alloc(4096));
      closeSync(file);
      truncateSync(ballast, Math.max(0, size - free));
    },
    fillInodes() {
      mkdirSync(crowd, { recursive: true });
      try {
        for (let count = 0; ; count++) writeFileSync(join(crowd, String(count)), "");
      } catch (error) {
        if (!isFull(error)) throw error;
      }
    },
    empty() {
      rmSync(ballast, { force: true });
      rmSync(crowd, { recursive: true, force: true });
    },
    mode(mode) {
      const refused = mount(["-o", `remount,${mode}`, directory]);
      if (refused !== "") throw new Error(refused);
    },
    remove() {
      spawnSync("umount", ["-l", directory]);
      watch.stdin?.end();
    },
  };
}

function writeUntilFull(file: number, chunk: Buffer): number {
  let size = 0;
  try {
    for (;;) size += writeSync(file, chunk);
  } catch (error) {
    if (!isFull(error)) throw error;
    return size;
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOSPC";
}

/** Also when the test process was killed: then the watch's input ends. */
function unmountAtTheEnd(directory: string): ChildProcess {
  const watch = spawn("/bin/sh", ["-c", 'read -r _; umount -l "$1" 2>/dev/null', "sh", directory], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  watch.unref();
  return watch;
}

/** @returns what went wrong; empty when nothing did */
function mount(args: readonly string[]): string {
  const ran = spawnSync("mount", args, { encoding: "utf8" });
  return ran.status === 0 ? "" : (ran.error?.message ?? (ran.stderr.trim() || `mount ended with ${ran.status}`));
}

function findReason(): string {
  const directory = mkdtempSync(join(tmpdir(), "fake-mount-"));
  try {
    if (mount(["-t", "tmpfs", "-o", "size=64k", "tmpfs", directory]) !== "") return "no right to mount file systems here";
    spawnSync("umount", [directory]);
    return "";
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
