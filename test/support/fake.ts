import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

/** How a run of the installed `fake` ended. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FakeOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What runs JavaScript, as the first words of a command line. @default the node of the tests */
  readonly runtime?: readonly [string, ...string[]];
}

/** A run under way. */
export interface RunningFake {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
  /** Settles when stdout and stderr together contain the text; rejects when the run ends without it. */
  seen(text: string): Promise<void>;
}

/** Path of the command line of a package that was installed in `project`. */
export function binary(project: string): string {
  return join(project, "node_modules", ".bin", "fake");
}

/** Words of a command line as `fake` prints it. */
export function wordsOf(line = ""): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

/** Runs the installed `fake` to its end, without a terminal. */
export function runFake(project: string, args: readonly string[], options: FakeOptions): Promise<Outcome> {
  return startFake(project, args, options).outcome;
}

/** Starts the installed `fake`: for what happens while it runs. */
export function startFake(project: string, args: readonly string[], options: FakeOptions): RunningFake {
  const env = { PATH: process.env.PATH ?? "", NO_COLOR: "1", HOME: options.cwd, ...options.env };
  const [program, ...first] = options.runtime ?? [process.execPath];
  const child = spawn(program, [...first, binary(project), ...args], {
    cwd: options.cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  const waiting: { text: string; resolve(): void; reject(error: Error): void }[] = [];
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.setEncoding("utf8").on("data", (text: string) => {
      said[stream] += text;
      for (const wait of waiting) if (`${said.stdout}${said.stderr}`.includes(wait.text)) wait.resolve();
    });
  }
  const outcome = new Promise<Outcome>((resolve) => {
    child.once("close", (exitCode, signal) => {
      for (const wait of waiting) wait.reject(new Error(`Never said ${wait.text}:\n${said.stdout}${said.stderr}`));
      resolve({ exitCode, signal, ...said });
    });
  });
  const seen = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      if (`${said.stdout}${said.stderr}`.includes(text)) resolve();
      else waiting.push({ text, resolve, reject });
    });
  return { child, outcome, seen };
}
