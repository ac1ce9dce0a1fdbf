import { redirectStdout } from "../loader/stdout.ts";
import { FORGOTTEN_MS } from "./limits.ts";
import { main } from "./main.ts";
import { watchCrashes } from "./terminal/crash-watch.ts";
import { createProcessIo, type ProcessParts } from "./terminal/process-io.ts";

/** Deep enough to get out of our own code into the line of the deployfile that an error is about. */
const STACK_FRAMES = 25;

/** Runs this process's command line, and ends the process. */
export async function start(parts: ProcessParts): Promise<void> {
  Error.stackTraceLimit = STACK_FRAMES;
  const argv = process.argv.slice(2);
  const io = createProcessIo(parts);
  redirectStdout((text) => io.stderr.write(text));
  const judge = watchCrashes(io, argv.includes("--debug"));
  const code = judge(await main(argv, io));
  process.exitCode = code;
  io.release();
  // A timer or a socket that user code forgot must not hold the terminal; what is idle ends by itself before.
  void io.written().then(() => {
    const fault = io.unwritten();
    if (fault !== undefined) {
      io.stderr.write(`error: Not all of the output could be written: ${fault.message}.\n`);
      process.exitCode = code === 0 ? 1 : code;
    }
    setTimeout(() => process.exit(), FORGOTTEN_MS).unref();
  });
}
