import { formatElapsed } from "../../report/elapsed.ts";
import { countHosts } from "../../report/host-list.ts";
import { describeInterruption } from "../../report/interruption.ts";
import type { EventOf, RunEvent } from "../../runner/events.ts";
import { nameRanges } from "./name-hosts.ts";

/** How far a command is on its hosts: who has not finished is asked when it is to be ended. */
export function createProgress(hosts: readonly string[]) {
  /** Connected to: from then on the command may run there, heard of or not. */
  const begun = new Set<string>();
  const done = new Set<string>();
  let failed = 0;
  /** When each that runs has begun. */
  const since = new Map<string, number>();
  const running = (): string[] => hosts.filter((host) => begun.has(host) && !done.has(host));
  const ahead = (): string[] => hosts.filter((host) => !begun.has(host) && !done.has(host));
  return {
    hear(event: RunEvent, now = 0): void {
      if (event.kind === "hostConnected") begun.add(event.host);
      else if (event.kind === "commandStarted") {
        begun.add(event.host);
        since.set(event.host, now);
      } else if (event.kind === "taskFinished") {
        done.add(event.host);
        if (event.outcome === "failed") failed += 1;
        since.delete(event.host);
      }
    },
    /** When the one that runs longest began; undefined when none runs. */
    oldest: (): number | undefined => (since.size === 0 ? undefined : Math.min(...since.values())),
    /** One line on it: `3 of 40 hosts done, 1 failed, after 12s; at work: web[5-8]; not begun: web[9-40]`. @param time milliseconds */
    tell(time: number): string {
      const [still, waiting] = [running(), ahead()];
      const bad = failed === 0 ? "" : `, ${failed} failed`;
      const parts = [
        `${done.size} of ${countHosts(hosts.length)} done${bad}, after ${formatElapsed(time)}`,
        ...(still.length === 0 ? [] : [`at work: ${nameFew(still)}`]),
        ...(waiting.length === 0 ? [] : [`not begun: ${nameFew(waiting)}`]),
      ];
      return parts.join("; ");
    },
    /** What an interruption does: the first ends the command. */
    describe({ signal, count }: EventOf<"interrupted">): string {
      if (count > 1) return describeInterruption(signal, count);
      const [still, waiting] = [running(), ahead()];
      const parts = [
        still.length === 0 ? "nothing is running." : `ending it where it has not finished: ${nameRanges(still)}.`,
        ...(waiting.length === 0 ? [] : [`Not begun on ${nameRanges(waiting)}.`]),
      ];
      return `${signal}: ${parts.join(" ")}`;
    },
  };
}

/** This many are not worth the time, five times a second. */
const MANY = 200;

function nameFew(hosts: readonly string[]): string {
  return hosts.length > MANY ? countHosts(hosts.length) : nameRanges(hosts, 5);
}
