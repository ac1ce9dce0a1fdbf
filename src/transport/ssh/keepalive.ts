import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { KEEPALIVE_MS } from "../limits.ts";
import type { Target } from "./target.ts";

/** A request every `interval` milliseconds; the link is lost when nothing has come for `count` intervals. */
export interface Keepalive {
  readonly interval: number;
  readonly count: number;
}

/** What the ssh config says, else 15 seconds, 3 times. */
export function chooseKeepalive({ config }: Target): Keepalive {
  if (config.serverAliveInterval === undefined) return { interval: KEEPALIVE_MS, count: 3 };
  return { interval: config.serverAliveInterval, count: config.serverAliveCountMax };
}

/** Of an interval: what comes is not counted more often. */
const STEP = 0.1;

/**
 * Whatever comes is a sign of life, as it is to ssh: ssh2 counts answers only, and where megabytes of output are on their way before it, an answer may take
 * longer than a link is given.
 */
export function hearAll(client: Client, stream: Duplex, { interval }: Keepalive): void {
  let last = Number.NEGATIVE_INFINITY;
  const hear = (): void => {
    const now = performance.now();
    if (now - last < interval * STEP) return;
    last = now;
    (client as unknown as { _resetKA?(): void })._resetKA?.();
  };
  // Nobody may ask for anything while we log in.
  client.once("ready", () => stream.on("data", hear));
}
