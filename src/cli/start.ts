import { redirectStdout } from "../deployfile/stdout.ts";
import { main } from "./main.ts";
import { watchCrashes } from "./process/crash-watch.ts";
import { createProcessIo, type ProcessParts } from "./process/process-io.ts";
import { settleProcess } from "./process/settle-process.ts";

/** Runs this process's command line, and ends the process. */
export async function start(parts: ProcessParts): Promise<void> {
  const argv = process.argv.slice(2);
  const io = createProcessIo(parts);
  redirectStdout((text) => io.stderr.write(text));
  const watch = watchCrashes(io, argv.includes("--debug"));
  settleProcess(watch.judge(await main(argv, io)), io);
}
