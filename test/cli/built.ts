import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..", "..");

export interface BuiltCli {
  readonly bin: string;
  remove(): void;
}

/** The command line as the package has it. Beneath node_modules, where it finds the packages it needs. */
export function buildCli(): BuiltCli {
  const cache = join(root, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, "fake-built-"));
  execFileSync(process.execPath, [join(root, "build", "package.mjs"), outdir], { stdio: "pipe" });
  return { bin: join(outdir, "cli", "bin.cjs"), remove: () => rmSync(outdir, { recursive: true, force: true }) };
}

export interface Ended {
  /** Exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpawnedCli {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Settles when this has been printed. */
  seen(text: string): Promise<void>;
}

/** Runs a program; what it prints is kept. */
export function start(command: string, argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): SpawnedCli {
  const child = spawn(command, argv, {
    cwd,
    env: { PATH: process.env["PATH"], HOME: cwd, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
      for (const check of waiting) check();
    });
  }
  const ended = new Promise<Ended>((done) => child.on("close", (code, signal) => done({ code: code ?? signal, ...text })));
  const seen = (wanted: string): Promise<void> =>
    new Promise((done, fail) => {
      const check = (): void => {
        if ((text.stdout + text.stderr).includes(wanted)) done();
      };
      waiting.add(check);
      check();
      ended.then((result) => fail(new Error(`ended without ${wanted}: ${JSON.stringify(result)}`)));
    });
  return { child, ended, seen };
}
