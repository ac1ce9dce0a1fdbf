import type { Host, HostInput } from "../hosts/host.ts";
import type { Action } from "./action.ts";
import { sameHost } from "./hosts.ts";
import { limit } from "./limit.ts";
import type { Process, WaitOptions } from "./process.ts";

type Waitable = Action | Process;

/**
 * Waits until one of them has ended, and no longer than `timeout`.
 * @returns those that have ended, maybe none
 * @throws UsageError `NOT_STARTED`
 * @example
 * const [first] = await waitAny([servers, clients], { timeout: "1m" });
 */
export async function waitAny<T extends Waitable>(all: readonly T[], options: WaitOptions = {}): Promise<readonly T[]> {
  if (all.length > 0) await limit(Promise.race(all.map((one) => one.wait())), options.timeout, options.signal);
  return all.filter(({ isEnded }) => isEnded);
}

/**
 * Waits until all of them have ended, and no longer than `timeout`.
 * @returns those that have ended
 * @throws UsageError `NOT_STARTED`
 * @example
 * const ended = await waitAll([servers, clients], { timeout: "1m" });
 */
export async function waitAll<T extends Waitable>(all: readonly T[], options: WaitOptions = {}): Promise<readonly T[]> {
  await limit(Promise.all(all.map((one) => one.wait())), options.timeout, options.signal);
  return all.filter(({ isEnded }) => isEnded);
}

/**
 * The hosts without those where a process of the action has failed, as they were given and in their order. What has not ended counts as good.
 * @example
 * const good = filterBadHosts(await clients.run({ timeout: "10s" }), ["web1", "web2"]);
 */
export function filterBadHosts<T extends HostInput | Host>(action: Action, hosts: Iterable<T>): readonly T[] {
  const bad = action.processes.flatMap(({ isEnded, ok, host }) => (isEnded && !ok && host !== undefined ? [host] : []));
  return [...hosts].filter((host) => !bad.some((other) => sameHost(host, other)));
}
