import type { Duplex } from "node:stream";
import { SERVER_LIST_MS } from "../../limits.ts";
import { X25519 } from "../ssh2-key-exchange.ts";

const NEWLINE = 10;

/** Whether our key can go out before the server has said anything: it is the same for all methods of this kind. `last`: agreed on the last time. */
export function isForeseen(last: string | undefined, offered: readonly string[]): boolean {
  return last !== undefined && X25519.test(last) && offered.includes(last);
}

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

/**
 * What is said in one turn of the event loop goes out in one piece. ssh2 writes a packet as its length, its content and its tag: without this,
 * that is three system calls here, three packets on the way and three turns of the server's loop.
 */
export function joinWrites(stream: Duplex): void {
  const write = stream.write.bind(stream) as (...args: readonly unknown[]) => boolean;
  const send = stream.uncork.bind(stream);
  stream.write = (...args: readonly unknown[]) => {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(send);
    }
    return write(...args);
  };
}
