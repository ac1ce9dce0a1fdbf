/**
 * The command line as it is installed, in a process of its own, which writes down what the run cost it. `SOAK_LIBRARY` is the folder
 * of the built code, `SOAK_COST` the file for the cost.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createCodeCache } from "../../src/cli/package/code-cache.ts";
import { createModuleLoader } from "../../src/cli/package/module-loader.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { COST, type Cost, LIBRARY } from "./cost.ts";

/** The login that a socket was opened for. */
const logins = new AsyncLocalStorage<{ opened: number | undefined }>();
const cost = { sockets: 0, atOnce: 0, slowestLogin: 0, slowestConnect: 0, connectedRss: 0 };
const atStart = { startRss: process.memoryUsage.rss(), startDescriptors: countDescriptors() };
let open = 0;

subscribe("net.client.socket", () => {
  cost.sockets += 1;
  const login = logins.getStore();
  if (login === undefined || login.opened !== undefined) return;
  login.opened = performance.now();
  open += 1;
  cost.atOnce = Math.max(cost.atOnce, open);
});

function watchLogins(transport: Transport): Transport {
  return {
    name: transport.name,
    close: () => transport.close(),
    connect(...args) {
      const login: { opened: number | undefined } = { opened: undefined };
      const since = performance.now();
      return logins.run(login, async () => {
        try {
          return await transport.connect(...args);
        } finally {
          const now = performance.now();
          if (login.opened !== undefined) {
            open -= 1;
            cost.slowestLogin = Math.max(cost.slowestLogin, now - login.opened);
          }
          cost.slowestConnect = Math.max(cost.slowestConnect, now - since);
          cost.connectedRss = process.memoryUsage.rss();
        }
      });
    },
  };
}

process.once("exit", () => {
  const endRss = process.memoryUsage.rss();
  globalThis.gc?.();
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const all: Cost = {
    ...cost,
    ...atStart,
    endDescriptors: countDescriptors(),
    peakRss: maxRSS * 1024,
    endRss,
    kept: process.memoryUsage().heapUsed,
    cpu: (userCPUTime + systemCPUTime) / 1000,
    left: process.getActiveResourcesInfo(),
  };
  writeFileSync(process.env[COST] ?? "/dev/null", JSON.stringify(all));
});

function countDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

const library = process.env[LIBRARY] ?? "";
const start = readdirSync(library).find((name) => /^start-.*\.cjs$/.test(name)) ?? "";
const load = createModuleLoader(createCodeCache(process.env));
const module = load(join(library, start)) as typeof import("../../src/cli/start.ts");
void module.start({ importModule: (url) => import(url), wrapTransport: watchLogins });
