import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { COST, type Cost, LIBRARY } from "./cost.ts";

/** How a client ended. */
export interface Ended {
  readonly exitCode: number | null;
  /** Both streams. */
  readonly said: string;
  /** Milliseconds. */
  readonly wall: number;
  /** Undefined where nobody asked for it. */
  readonly cost: Cost | undefined;
}

export interface Client {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** When a line of stdout contains the text; rejects when the client ends without. */
  seen(text: string): Promise<void>;
}

export interface ClientSettings {
  readonly cwd: string;
  readonly temporary: string;
  /** Folder of the built code. */
  readonly library: string;
  /** Where to write the cost. */
  readonly cost?: string;
  readonly hold?: boolean;
}

/** Starts node with these arguments. */
export function startClient(argv: readonly string[], settings: ClientSettings): Client {
  const { cwd, temporary, library, cost, hold = false } = settings;
  const env = {
    ...{ PATH: process.env["PATH"] ?? "", HOME: cwd, TMPDIR: temporary, NO_COLOR: "1" },
    ...{ [LIBRARY]: library, SOAK_HOLD: hold ? "yes" : "no", ...(cost === undefined ? {} : { [COST]: cost }) },
  };
  const since = performance.now();
  const child = spawn(process.execPath, argv, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  const waiting: { readonly text: string; resolve(): void; reject(error: Error): void }[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      lines.push(line);
      for (const { text, resolve } of waiting) if (line.includes(text)) resolve();
    });
  }
  const said = (): string => lines.join("\n");
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (exitCode) => {
      for (const { text, reject } of waiting) reject(new Error(`The client has ended without ${text}:\n${said()}`));
      resolve({ exitCode, said: said(), wall: performance.now() - since, cost: readCost(cost) });
    });
  });
  return {
    child,
    ended,
    seen: (text) => {
      const seen = new Promise<void>((resolve, reject) => waiting.push({ text, resolve, reject }));
      return said().includes(text) ? Promise.resolve() : seen;
    },
  };
}

function readCost(file: string | undefined): Cost | undefined {
  if (file === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Cost;
  } catch {
    return undefined;
  } finally {
    rmSync(file, { force: true });
  }
}
