/** Processes of a host that is this machine too: known by a word that only they have in their environment. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

export interface LivingProcess {
  readonly pid: number;
  /** Its arguments, as one line. */
  readonly command: string;
}

/** All living processes whose environment has the variable, e.g. `HOME=/tmp/host1/home`. */
export function findProcesses(variable: string): readonly LivingProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const [state = "", command = "", environment = ""] = ["stat", "cmdline", "environ"].map((file) => read(pid, file));
      if (!environment.split("\0").includes(variable) || /^\d+ \(.*\) [ZX]/.test(state)) return [];
      return [{ pid: Number(pid), command: command.split("\0").join(" ").trim() }];
    });
}

/** Those that are still there after the time, which ends early when none is. @param grace milliseconds */
export async function findOrphans(variable: string, grace: number): Promise<readonly LivingProcess[]> {
  const end = performance.now() + grace;
  for (;;) {
    const found = findProcesses(variable);
    if (found.length === 0 || performance.now() >= end) return found;
    await delay(20);
  }
}

/** Ends what was found. */
export function endProcesses(processes: readonly LivingProcess[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
