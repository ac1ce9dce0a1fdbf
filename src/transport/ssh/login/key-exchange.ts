import type { Duplex } from "node:stream";
import { SERVER_LIST_MS } from "../../limits.ts";

const NEWLINE = 10;

/**
 * Sends our list of algorithms and our key together, in one packet for two: ssh2 sends the list as soon as the server has said
 * what it is, and the key when it has the server's list, which most often is here in the next moment. Nothing waits for it:
 * no server can do anything with the list before the key (RFC 4253 section 7.1).
 */
export function joinKeyExchange(stream: Duplex): void {
  stream.once("data", (chunk: Buffer) => {
    // More than the server's name in it: its list is here already.
    if (chunk.indexOf(NEWLINE) !== chunk.length - 1) return;
    stream.cork();
    const timer = setTimeout(send, SERVER_LIST_MS);
    function send(): void {
      clearTimeout(timer);
      stream.off("data", send);
      // Behind ssh2, which hears it after us.
      process.nextTick(() => stream.uncork());
    }
    stream.on("data", send);
  });
}
