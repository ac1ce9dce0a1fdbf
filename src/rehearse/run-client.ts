import { type ChildProcess, spawn } from "node:child_process";
import { ORDERS, type Orders } from "./mark.ts";

/** How a run of `fake` ended. */
export interface ClientOutcome {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `fake` under way, in a process of its own. */
export interface RunningClient {
  readonly child: ChildProcess;
  readonly outcome: Promise<ClientOutcome>;
  /** True once it has ended. */
  readonly ended: boolean;
  /** Everything it said so far. */
  said(): string;
}

export interface ClientOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly orders: Orders;
}

/** @param program the built `cli/rehearsed.cjs` */
export function startClient(program: string, args: readonly string[], { cwd, env, orders }: ClientOptions): RunningClient {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { ...env, NO_COLOR: "1", [ORDERS]: JSON.stringify(orders) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      texts[stream] += text;
    });
  let ended = false;
  const outcome = new Promise<ClientOutcome>((resolve) => {
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
export interface EndedClient extends ClientOutcome {
  readonly late: boolean;
}

/** @param deadline milliseconds */
export async function runClient(client: RunningClient, deadline = 120_000): Promise<EndedClient> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    client.child.kill("SIGKILL");
  }, deadline);
  const outcome = await client.outcome;
  clearTimeout(timer);
  return { ...outcome, late };
}
