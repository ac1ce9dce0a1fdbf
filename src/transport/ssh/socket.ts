import { connect, type LookupFunction, type Socket } from "node:net";
import { socketError } from "./errors.ts";
import type { Target } from "./target.ts";
import { PassingError } from "./try-again.ts";

/**
 * A TCP connection of our own making: ssh2 leaves Nagle's algorithm on in its own, which holds back each small write for
 * up to 40 ms.
 * @throws ConnectError, PassingError
 */
export function openSocket(target: Target, signal: AbortSignal, lookup?: LookupFunction): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: target.address,
      port: target.port,
      noDelay: true,
      family: target.config.addressFamily,
      lookup,
      ...(target.config.bindAddress === undefined ? {} : { localAddress: target.config.bindAddress }),
    });
    const stop = (error: unknown): void => {
      signal.removeEventListener("abort", aborted);
      socket.destroy();
      reject(error);
    };
    const failed = (error: NodeJS.ErrnoException): void => {
      const said = socketError(target, error);
      stop(error.code === "EAI_AGAIN" ? new PassingError(said) : said);
    };
    const aborted = (): void => stop(signal.reason);
    socket.once("error", failed);
    socket.once("connect", () => {
      signal.removeEventListener("abort", aborted);
      socket.off("error", failed);
      // Between here and the first listener of ssh2 nobody listens, and an error that nobody hears ends the process.
      socket.on("error", () => undefined);
      resolve(socket);
    });
    if (signal.aborted) aborted();
    else signal.addEventListener("abort", aborted, { once: true });
  });
}
