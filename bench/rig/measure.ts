/** What a run of a program costs this machine, and how the runs of a tool are summed up. */
import { spawn, spawnSync } from "node:child_process";

/** What was measured. With a `+` where the work tree has changes. */
export const COMMIT = spawnSync("git", ["describe", "--always", "--dirty=+"], { encoding: "utf8" }).stdout.trim();

export interface Cost {
  /** Seconds. */
  readonly wall: number;
  /** Seconds of the program and all that it started here. */
  readonly cpu: number;
  /** Bytes of its largest process. Undefined without GNU time. */
  readonly memory: number | undefined;
}

export interface Run extends Cost {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** GNU time tells the memory of the largest process, and stands between: a process also counts what its parent held when it was made. */
const GNU_TIME = "/usr/bin/time";
export const HAS_MEMORY = spawnSync(GNU_TIME, ["-f", "%M", "true"]).status === 0;
const TIMED = ["bash", "-c", 'TIMEFORMAT="%R %U %S"; time "$0" "$@"'];

/** Runs a program, of which the words are what is started. */
export async function runTimed(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Run> {
  const [program = "", ...args] = [...(HAS_MEMORY ? [GNU_TIME, "-q", "-f", "%M"] : []), ...TIMED, ...words];
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      said[stream] += text;
    });
  const exitCode = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const lines = said.stderr.trimEnd().split("\n");
  const memory = HAS_MEMORY ? Number(lines.pop()) * 1024 : undefined;
  const [wall = 0, user = 0, system = 0] = (lines.pop() ?? "").split(" ").map(Number);
  return { wall, cpu: user + system, memory, exitCode, stdout: said.stdout, stderr: lines.join("\n") };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** `0.807 (0.769-0.903)`: the median, the least and the most. */
export function describeSpread(values: readonly number[]): string {
  return `${median(values).toFixed(3)} (${Math.min(...values).toFixed(3)}-${Math.max(...values).toFixed(3)})`;
}
