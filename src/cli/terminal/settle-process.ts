import type { ExitCode } from "../../errors.ts";
import { FORGOTTEN_MS } from "../limits.ts";
import type { ProcessIo } from "./process-io.ts";

/** Ends the process with this code, when everything is written. */
export function settleProcess(code: ExitCode, io: ProcessIo): void {
  process.exitCode = code;
  io.release();
  // A timer or a socket that user code forgot must not hold the terminal; what is idle ends by itself before.
  void io.written().then(() => setTimeout(() => process.exit(code), FORGOTTEN_MS).unref());
}
