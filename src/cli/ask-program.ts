import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { CliIo } from "./terminal/io.ts";

/** What a program of this machine says; undefined when it is not there, fails, or takes too long. */
export async function askProgram(program: string, args: readonly string[], { cwd, env }: CliIo): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { cwd, env: { ...env }, timeout: 5_000 });
    return (stdout || stderr).trim();
  } catch {
    return undefined;
  }
}
