import { KEEPALIVE_MS } from "../limits.ts";
import type { Target } from "./target.ts";

/** A request every `interval` milliseconds; the link is lost when there was no answer for `count` intervals. */
export interface Keepalive {
  readonly interval: number;
  readonly count: number;
}

/** What the ssh config says, else 15 seconds, 3 times. */
export function chooseKeepalive({ config }: Target): Keepalive {
  if (config.serverAliveInterval === undefined) return { interval: KEEPALIVE_MS, count: 3 };
  return { interval: config.serverAliveInterval, count: config.serverAliveCountMax };
}
