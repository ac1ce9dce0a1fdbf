import { type ChildProcess, spawn } from "node:child_process";
import type { Outcome } from "../support/fake.ts";
import { FLIGHTS, MARK, type Mark } from "./mark.ts";

/** `fake` under way, in a process of its own. */
export interface RunningClient {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
  /** True once it has ended. */
  readonly ended: boolean;
  /** Everything it said so far. */
  said(): string;
}

export interface ClientOptions {
  readonly cwd: string;
  /** Folder of the built code. */
  readonly library: string;
  readonly mark?: Mark | undefined;
  readonly flightsFile: string;
}

export function startClient(client: string, args: readonly string[], options: ClientOptions): RunningClient {
  const { cwd, library, mark, flightsFile } = options;
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: cwd,
    NO_COLOR: "1",
    CRASH_LIBRARY: library,
    [FLIGHTS]: flightsFile,
    ...(mark === undefined ? {} : { [MARK]: JSON.stringify(mark) }),
  };
  const child = spawn(process.execPath, [client, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      texts[stream] += text;
    });
  let ended = false;
  const outcome = new Promise<Outcome>((resolve) => {
    child.once("close", (exitCode, signal) => {
      ended = true;
      resolve({ exitCode, signal, ...texts });
    });
  });
  return {
    child,
    outcome,
    get ended() {
      return ended;
    },
    said: () => texts.stdout + texts.stderr,
  };
}

/** The outcome of a run, and whether it had to be ended because it did not end. */
export interface Ended extends Outcome {
  readonly late: boolean;
}

/** @param deadline milliseconds */
export async function runClient(client: RunningClient, deadline = 120_000): Promise<Ended> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    client.child.kill("SIGKILL");
  }, deadline);
  const outcome = await client.outcome;
  clearTimeout(timer);
  return { ...outcome, late };
}
