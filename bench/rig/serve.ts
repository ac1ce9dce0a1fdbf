/** A process of servers for somebody else: it is told whose homes to serve, says where the servers listen, and ends with its parent. */
import { once } from "node:events";
import { startSshServer } from "../../src/demo/ssh-server.ts";

export interface ToServe {
  readonly homes: readonly string[];
  readonly authorizedKeys: readonly string[];
}

export interface Served {
  readonly port: number;
  readonly hostKey: string;
}

process.once("disconnect", () => process.exit());
const [{ homes, authorizedKeys }] = (await once(process, "message")) as [ToServe];
const servers = await Promise.all(homes.map((home) => startSshServer({ home, authorizedKeys })));
process.send?.(servers.map(({ port, hostKey }): Served => ({ port, hostKey })));
