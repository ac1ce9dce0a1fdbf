/** TCP of this machine, as tunnels. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { toError } from "../../errors.ts";
import type { TcpAddress } from "../tunnel.ts";
import { type TunnelErrorCode, tunnelError } from "../tunnels/errors.ts";
import type { TunnelSource } from "../tunnels/tunnels.ts";

const DIAL_ERRORS: Readonly<Record<string, TunnelErrorCode>> = {
  ECONNREFUSED: "DIAL_REFUSED",
  ENOTFOUND: "DIAL_NAME_UNKNOWN",
  EAI_AGAIN: "DIAL_NAME_UNKNOWN",
  ETIMEDOUT: "DIAL_TIMEOUT",
};

const LISTEN_ERRORS: Readonly<Record<string, TunnelErrorCode>> = { EADDRINUSE: "PORT_BUSY", EACCES: "PORT_BUSY" };

/** @param host its id */
export function createLocalTunnels(host: string): TunnelSource {
  const explain = (
    codes: Readonly<Record<string, TunnelErrorCode>>,
    other: TunnelErrorCode,
    address: TcpAddress,
    cause: unknown,
  ) => {
    const { code = "", message } = toError(cause) as NodeJS.ErrnoException;
    return tunnelError(codes[code] ?? other, host, address, { said: message || code, cause });
  };
  return {
    async dial(address, signal) {
      const socket = connect({ ...address, allowHalfOpen: true, noDelay: true });
      try {
        await once(socket, "connect", { signal });
        return socket;
      } catch (error) {
        socket.on("error", () => undefined).destroy();
        throw explain(DIAL_ERRORS, "DIAL_FAILED", address, error);
      }
    },
    async listen(address, onConnection, signal) {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, onConnection);
      try {
        server.listen({ ...address });
        await once(server, "listening", { signal });
      } catch (error) {
        server.close();
        throw explain(LISTEN_ERRORS, "LISTEN_FAILED", address, error);
      }
      // One connection that cannot be taken is no reason to take no others.
      server.on("error", () => undefined);
      const { port } = server.address() as AddressInfo;
      return {
        number: port,
        close: async () => {
          // It calls back when the last connection has gone; the port is free before that.
          server.close();
        },
      };
    },
  };
}
