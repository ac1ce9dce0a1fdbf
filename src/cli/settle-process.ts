import type { ExitCode } from "../errors.ts";
import { type CliIo, SHOW_CURSOR } from "./io.ts";

/** How long what a deployfile left running may keep the process, in milliseconds. */
const PATIENCE = 500;

/** Ends the process with this code, when everything is written. */
export function settleProcess(code: ExitCode, io: CliIo): void {
  process.exitCode = code;
  const { stdin } = process;
  if (stdin.isTTY && stdin.isRaw) stdin.setRawMode(false);
  stdin.unref?.();
  if (io.stderr.isTTY) io.stderr.write(SHOW_CURSOR);
  // A timer or a socket that user code forgot must not hold the terminal; what is idle ends by itself before.
  setTimeout(() => process.exit(code), PATIENCE).unref();
}
