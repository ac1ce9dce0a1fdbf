import { neutralise } from "../command/neutralise.ts";
import type { EventOf } from "../runner/events.ts";

/** How events and results name the control machine: it is none of the hosts. */
export const LOCAL = "local";

/** The hosts of a run that have something to do in it, in its order. */
export function busyHosts({ hosts, stages }: Pick<EventOf<"runStarted">, "hosts" | "stages">): readonly string[] {
  const busy = new Set(stages.flatMap((stage) => stage.hosts));
  return hosts.filter((host) => busy.has(host));
}

/** `1 host`, `3 hosts`. */
export function countHosts(count: number): string {
  return count === 1 ? "1 host" : `${count} hosts`;
}

/** Names of hosts for one line: all of them when they are few, else the first and how many more. */
export function nameHosts(hosts: readonly string[], most = 6): string {
  const shown = hosts.slice(0, hosts.length > most ? most - 1 : most).map(neutralise);
  const more = hosts.length - shown.length;
  return more === 0 ? shown.join(", ") : `${shown.join(", ")} and ${more} more`;
}

/**
 * Text with the host's own name taken out of it, so that what is the same on many hosts but for their names can be told once:
 * `cd /srv/<host>`.
 */
export function withoutHost(text: string, host: string): string {
  const name = host.replace(/:\d+$/, "");
  if (name.length < 2 || !text.includes(name)) return text;
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text.replaceAll(new RegExp(`(?<![\\w.-])${escaped}(?![\\w-]|\\.\\w)`, "g"), "<host>");
}
