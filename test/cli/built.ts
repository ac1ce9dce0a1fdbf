import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..", "..");

export interface BuiltCli {
  readonly bin: string;
  remove(): void;
}

/** The command line as a process runs it. Beneath node_modules, where it finds the packages it needs. */
export async function buildCli(): Promise<BuiltCli> {
  const cache = join(root, "node_modules", ".cache");
  await mkdir(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, "fake-built-"));
  await build({
    absWorkingDir: root,
    entryPoints: { bin: "src/cli/bin.ts" },
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    define: { __FAKE_VERSION__: JSON.stringify("0.0.0-test") },
    outExtension: { ".js": ".mjs" },
    logLevel: "warning",
  });
  return { bin: join(outdir, "bin.mjs"), remove: () => rmSync(outdir, { recursive: true, force: true }) };
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
