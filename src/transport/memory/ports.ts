import type { Duplex } from "node:stream";
import type { OnConnection } from "../tunnel.ts";
import { tunnelError } from "../tunnels/errors.ts";
import type { TunnelSource } from "../tunnels/tunnels.ts";

/** First of the ports that a host in memory gives to who leaves it to the host. */
const FIRST = 32_768;

/** The ports of a host in memory: what listens there is what can be dialled, by any name. */
export function createMemoryPorts(host: string): TunnelSource {
  const takers = new Map<number, OnConnection>();
  return {
    async dial(address) {
      const take = takers.get(address.port);
      if (take === undefined) throw tunnelError("DIAL_REFUSED", host, address);
      // Not every runtime has it, and few tests need it.
      const { duplexPair } = await import("node:stream");
      const [near, far] = duplexPair();
      endTogether(near, far, () => tunnelError("TUNNEL_RESET", host, address));
      take(far);
      return near;
    },
    async listen(address, onConnection) {
      let { port } = address;
      if (takers.has(port)) throw tunnelError("PORT_BUSY", host, address);
      if (port === 0) for (port = FIRST; takers.has(port); ) port += 1;
      takers.set(port, onConnection);
      return {
        number: port,
        async close() {
          takers.delete(port);
        },
      };
    },
  };
}

/** What is cut off here is cut off there. */
function endTogether(near: Duplex, far: Duplex, reset: () => Error): void {
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const)
    one.once("close", () => {
      if (!one.readableEnded || !one.writableFinished) other.destroy(one.errored ?? reset());
    });
}
