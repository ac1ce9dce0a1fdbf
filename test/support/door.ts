/** A place in a run where it waits until a test lets it go on: a named pipe, so that nobody has to look again and again. */
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { writeFile } from "node:fs/promises";

export interface Door {
  /** Shell text that waits at the door. */
  readonly command: string;
  /** Lets one that waits, or is about to come, go on. */
  open(): Promise<void>;
  /** Lets one go on that may be waiting; nothing happens when nobody is. */
  release(): void;
}

export function createDoor(path: string): Door {
  execFileSync("mkfifo", [path]);
  return {
    command: `cat ${path} >/dev/null`,
    open: () => writeFile(path, "go on\n"),
    release() {
      try {
        closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
      } catch {
        // Nobody waits.
      }
    },
  };
}
