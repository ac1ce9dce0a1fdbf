import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { main } from "../../src/cli/main.ts";
import { createTestIo, type TestIo, type TestIoOptions } from "./terminal.ts";

/** A project on disk, gone when the test is over. */
export function project(files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "fake-cli-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "node_modules"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type CliOptions = Omit<TestIoOptions, "cwd"> & {
  /** Called before it starts: for keys and signals. */
  readonly prepare?: (io: TestIo) => void;
};

/** Runs one command line in this process, as `fake` would. */
export async function fake(root: string, argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const io = createTestIo({ cwd: root, ...options, env: { PATH: process.env["PATH"], ...options.env } });
  options.prepare?.(io);
  const code = await main(argv, io);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

/** A deployfile with this body; hosts on this machine: `local("a")`. */
export function deployfile(body: string): string {
  return `import { defineDeployfile, secret } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";
const local = (host: string, settings: object = {}) => ({ host, transport: "local", ...settings });
export default defineDeployfile((app: any) => {
  const { env, role, host, task, before, after, always, onFailure, use, flow } = app;
${body}
});
void [deploy, secret, local];
`;
}
