import { once } from "node:events";
import { connect, type LookupFunction, type Socket } from "node:net";
import { socketError } from "./errors.ts";
import type { Target } from "./target.ts";
import { PassingError } from "./try-again.ts";

/**
 * A TCP connection of our own making: ssh2 leaves Nagle's algorithm on in its own, which holds back each small write for
 * up to 40 ms.
 * @throws ConnectError, PassingError
 */
export async function openSocket(target: Target, signal: AbortSignal, lookup?: LookupFunction): Promise<Socket> {
  const { address: host, port, config } = target;
  signal.throwIfAborted();
  const socket = connect({
    host,
    port,
    noDelay: true,
    family: config.addressFamily,
    lookup,
    ...(config.bindAddress === undefined ? {} : { localAddress: config.bindAddress }),
  });
  // Before the first listener of ssh2 nobody listens, and an error that nobody hears ends the process.
  socket.on("error", () => undefined);
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw signal.reason;
    const said = socketError(target, error as NodeJS.ErrnoException);
    throw said.code === "NAME_SERVER_SILENT" ? new PassingError(said) : said;
  }
}
