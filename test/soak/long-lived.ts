/**
 * One process that runs the command line again and again, and writes where it stands after each run, as a line of JSON.
 *
 *   node --expose-gc long-lived.mjs RUNS MILLISECONDS ARGV...
 *
 * The deployfile is read anew by each run, but node never forgets a module that was imported: it gets the first one again.
 */
import type { EventEmitter } from "node:events";
import { readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { main } from "../../src/cli/main.ts";
import { createProcessIo } from "../../src/cli/terminal/process-io.ts";
import type { Standing } from "./cost.ts";

/** What ends with the run may take a moment on a busy machine; what has not ended after ten seconds is left. */
async function settle(): Promise<void> {
  for (let look = 0; look < 200; look++) {
    await delay(50);
    if (!process.getActiveResourcesInfo().some((name) => /TCP|Process|Timeout/.test(name))) return;
  }
}

function countListeners(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}

const [runs = "1", time = "0", ...argv] = process.argv.slice(2);
const modules = new Map<string, Promise<object>>();
const importModule = (url: string): Promise<object> => {
  const path = url.replace(/\?\d+$/, "");
  const module = modules.get(path) ?? (import(path) as Promise<object>);
  modules.set(path, module);
  return module;
};

for (let run = 1; run <= Number(runs) && performance.now() < Number(time); run++) {
  const since = performance.now();
  const io = createProcessIo({ importModule });
  const exitCode = await main(argv, io);
  const wall = performance.now() - since;
  io.release();
  await settle();
  globalThis.gc?.();
  const standing: Standing = {
    run,
    exitCode,
    wall,
    heap: process.memoryUsage().heapUsed,
    rss: process.memoryUsage.rss(),
    descriptors: readdirSync("/proc/self/fd").length,
    resources: process.getActiveResourcesInfo(),
    listeners: [process, process.stdin, process.stdout, process.stderr].map(countListeners).reduce((a, b) => a + b),
  };
  io.stdout.write(`${JSON.stringify(standing)}\n`);
}
