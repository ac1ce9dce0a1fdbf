/** The command line in a process of its own, to be held and crashed on purpose: what stands between it and its hosts does as it is ordered. */
import { join } from "node:path";
import { holdTransport } from "../rehearse/hold.ts";
import { ORDERS, type Orders } from "../rehearse/mark.ts";
import { createCodeCache } from "./package/code-cache.ts";
import { createModuleLoader } from "./package/module-loader.ts";

/** Put in by the build. */
declare const __FAKE_START__: string;

const orders = JSON.parse(process.env[ORDERS] ?? "") as Orders;
delete process.env[ORDERS];
const load = createModuleLoader(createCodeCache(process.env));
const { start } = load(join(import.meta.dirname, __FAKE_START__)) as typeof import("./start.ts");
void start({ importModule: (url) => import(url), wrapTransport: holdTransport(orders) });
