import type { ExitCode } from "../../errors.ts";
import type { ProcessIo } from "./process-io.ts";

/** How long what a deployfile left running may keep the process, in milliseconds. */
const PATIENCE = 500;

/** Ends the process with this code, when everything is written. */
export function settleProcess(code: ExitCode, io: ProcessIo): void {
  process.exitCode = code;
  io.release();
  // A timer or a socket that user code forgot must not hold the terminal; what is idle ends by itself before.
  void io.written().then(() => setTimeout(() => process.exit(code), PATIENCE).unref());
}
