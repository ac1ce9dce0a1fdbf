import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { FAREWELL_MS } from "../limits.ts";

/**
 * Says goodbye and is gone. The server's own goodbye takes a round trip and tells nothing, and ssh2 would wait for it: its
 * keepalive holds the process until then, and its `destroy()` does nothing after `end()`.
 */
export function hangUp({ client, stream }: { readonly client: Client; readonly stream: Duplex }): void {
  stream.once("finish", () => stream.destroy());
  client.end();
  const last = setTimeout(() => stream.destroy(), FAREWELL_MS).unref();
  stream.once("close", () => clearTimeout(last));
}
