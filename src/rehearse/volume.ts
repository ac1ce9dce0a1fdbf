/** A file system of its own, small enough to be filled up: tmpfs. Needs the right to mount. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmdirSync } from "node:fs";

/** @param folder a place for it, which is not there */
export function canMount(folder: string): boolean {
  mkdirSync(folder);
  try {
    return mountVolume(folder, "size=64k") && unmountVolume(folder);
  } finally {
    rmdirSync(folder);
  }
}

/** @param room options of tmpfs @returns whether it is there */
export function mountVolume(folder: string, room: string): boolean {
  return succeeds("mount", ["-t", "tmpfs", "-o", room, "fake-crash", folder]);
}

/** Also where something is still open in it. */
export function unmountVolume(folder: string): boolean {
  return succeeds("umount", ["-l", folder]);
}

function succeeds(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}
