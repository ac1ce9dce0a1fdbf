import { neutralise } from "../../command/neutralise.ts";
import { foldHosts } from "../../hosts/fold-hosts.ts";

/** Ranges that one line of what is told names. */
const MOST = 20;

/** Names of hosts with ranges of them, `web[1-40], db1`: all of them when they are few, else the first and how many more hosts. */
export function nameRanges(hosts: readonly string[], most = MOST): string {
  const ranges = foldHosts(hosts);
  const shown = ranges.slice(0, ranges.length > most ? most - 1 : most);
  const more = ranges.slice(shown.length).reduce((sum, { count }) => sum + count, 0);
  const names = shown.map(({ text }) => neutralise(text)).join(", ");
  return more === 0 ? names : `${names} and ${more} more`;
}
