import { fstatSync, readFileSync, type Stats, statSync } from "node:fs";
import type { PipedInput } from "./io.ts";

const STDIN = 0;

/** What this process was given to read. A terminal, `/dev/null`, an empty file and a stdin that was closed hold nothing. */
export function findPipedInput(): PipedInput | undefined {
  try {
    const stat = fstatSync(STDIN);
    if (stat.isFile()) {
      const from = positionOf(STDIN);
      return stat.size > from ? { kind: "file", fd: STDIN, from } : undefined;
    }
    const isStream = stat.isFIFO() || stat.isSocket() || (stat.isCharacterDevice() && !isNull(stat) && !isTerminal());
    return isStream ? { kind: "stream" } : undefined;
  } catch {
    return undefined;
  }
}

function isTerminal(): boolean {
  return process.getBuiltinModule("node:tty").isatty(STDIN);
}

function isNull({ rdev }: Stats): boolean {
  return rdev === statSync("/dev/null").rdev;
}

/** What was read of a file before us (`{ read line; fake exec ...; } < file`): where the system does not say, nothing. */
function positionOf(fd: number): number {
  try {
    return Number(/^pos:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
