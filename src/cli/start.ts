import { redirectStdout } from "../deployfile/stdout.ts";
import { watchCrashes } from "./crash-watch.ts";
import { main } from "./main.ts";
import { createProcessIo } from "./process-io.ts";
import { settleProcess } from "./settle-process.ts";

const argv = process.argv.slice(2);
const io = createProcessIo();
redirectStdout((text) => io.stderr.write(text));
const watch = watchCrashes(io, argv.includes("--debug"));
settleProcess(watch.judge(await main(argv, io)), io);
