/** The command line in a process of its own, to be held and crashed on purpose; without orders, what serves one connection to a throwaway host. */
import { join } from "node:path";
import { holdTransport } from "../rehearse/hold.ts";
import { ORDERS, type Orders } from "../rehearse/mark.ts";
import { createCodeCache } from "./package/code-cache.ts";
import { createModuleLoader } from "./package/module-loader.ts";

/** Put in by the build. */
declare const __FAKE_START__: string;

declare const __FAKE_HOST__: string;

const orders = JSON.parse(process.env[ORDERS] ?? "null") as Orders | null;
delete process.env[ORDERS];
const load = createModuleLoader(createCodeCache(process.env));
if (orders === null) {
  const { serveConnection } = load(join(import.meta.dirname, __FAKE_HOST__)) as typeof import("../rehearse/serve-connection.ts");
  serveConnection();
} else {
  const { redirect } = orders;
  if (redirect?.local === false) globalThis.fetch = readOnly(globalThis.fetch);
  const { start } = load(join(import.meta.dirname, __FAKE_START__)) as typeof import("./start.ts");
  void start({ importModule: (url) => import(url), wrapTransport: holdTransport(orders), redirect });
}

/** Settings may be read from anywhere; nobody is told of a deploy that never was. */
function readOnly(real: typeof fetch): typeof fetch {
  return async (input, init) => {
    const method = (init?.method ?? (input instanceof Request ? input.method : "GET")).toUpperCase();
    if (method === "GET" || method === "HEAD") return await real(input, init);
    throw new Error(
      `A rehearsal sends no ${method} to ${String(input instanceof Request ? input.url : input)}; --local lets it.`,
    );
  };
}
