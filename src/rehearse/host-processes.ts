/** Processes of a host: known by a word that only they have in their environment. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { processesText, runThere } from "./remote-host.ts";
import type { SceneHost } from "./scene.ts";

/** Whose processes are meant. */
type ProcessHost = Pick<SceneHost, "variable" | "remote">;

/** Between two looks at what is left. Each is work for this machine, whose hosts have to end something meanwhile. Milliseconds. */
const LOOK_MS = 100;

/** The same where each is a command on a host. Milliseconds. */
const LOOK_THERE_MS = 500;

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
      // Of most there is nothing more to read.
      if (!read(pid, "environ").split("\0").includes(variable)) return [];
      if (/^\d+ \(.*\) [ZX]/.test(read(pid, "stat"))) return [];
      return [{ pid: Number(pid), command: read(pid, "cmdline").split("\0").join(" ").trim() }];
    });
}

/** Those that are still there after the time, which ends early when none is. @param grace milliseconds */
export async function findOrphans(host: ProcessHost, grace: number): Promise<readonly LivingProcess[]> {
  const end = performance.now() + grace;
  for (;;) {
    const found = await findAll(host);
    if (found.length === 0 || performance.now() >= end) return found;
    await delay(host.remote === undefined ? LOOK_MS : LOOK_THERE_MS);
  }
}

async function findAll({ variable, remote }: ProcessHost, isEnded = false): Promise<readonly LivingProcess[]> {
  if (remote === undefined) {
    const found = findProcesses(variable);
    if (isEnded) endProcesses(found);
    return found;
  }
  const lines = (await runThere(remote, processesText(variable, isEnded))).split("\n");
  return lines.flatMap((line) => {
    const [, pid, command = ""] = /^(\d+) (.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), command: command.trim() }];
  });
}

/** Ends what there is. */
export async function endAll(host: ProcessHost): Promise<void> {
  await findAll(host, true);
}

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
