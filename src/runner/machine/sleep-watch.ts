/** Notices that this process did not run for a while: a laptop that slept, a SIGSTOP, a virtual machine that was moved. */

import { formatSpan } from "../../amounts.ts";
import { SILENCE_MS } from "../limits.ts";

/** How often the clock is looked at within that time. */
const CHECKS = 9;

export interface SleepWatchOptions {
  /** Time of day in milliseconds: a clock that goes on while the machine sleeps, as those that time programs do not. @default Date.now */
  readonly clock?: (() => number) | undefined;
  /** The longest time, in milliseconds, that goes unnoticed. @default 45000 */
  readonly patience?: number | undefined;
}

export interface SleepWatch extends SleepWatchOptions {
  /** Ids of the hosts that are connected to. */
  readonly connected: () => readonly string[];
  /** `hosts`: those that were connected to when it began, or still are; `duration` in milliseconds. */
  readonly onSleep: (hosts: readonly string[], duration: number) => void;
}

/** @returns how to stop watching */
export function watchForSleep({ clock = Date.now, patience = SILENCE_MS, connected, onSleep }: SleepWatch): () => void {
  let last = clock();
  let before = connected();
  const timer = setInterval(() => {
    const time = clock();
    const duration = time - last;
    // What comes in after a sleep is read before this: a host may have hung up already.
    const hosts = [...new Set([...before, ...connected()])];
    last = time;
    before = connected();
    if (duration > patience && hosts.length > 0) onSleep(hosts, duration);
  }, patience / CHECKS);
  timer.unref();
  return () => clearInterval(timer);
}

/** What a person has to know about one of the hosts. */
export function describeSleep(host: string, duration: number): string {
  return `This machine slept, or this process was stopped, for ${formatSpan(duration)}. ${host} heard nothing in that time, and what ran there was ended by the host. The connection is made again when it is lost.`;
}
