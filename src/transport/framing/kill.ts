/** Ending what runs on a channel. */

import { within } from "../../wait.ts";
import { GRACE_MS, KILL_NEWS_MS } from "../limits.ts";
import type { CommandResult } from "../transport.ts";
import type { KillRequest } from "./parser.ts";
import type { Started } from "./started.ts";

/**
 * SIGTERM, and SIGKILL when the flight is not over after the grace time. The shell outlives SIGTERM and reports how the
 * command ended; after SIGKILL there is nobody left to report.
 * Rejects when the host could not be told: what runs there may run on.
 */
export async function endGroup(
  started: Started,
  results: Promise<readonly CommandResult[]>,
  request: KillRequest,
  grace: number = GRACE_MS,
): Promise<void> {
  const over = Promise.race([results, started.process.closed]).then(() => true);
  await started.signal("SIGTERM", request.processGroup);
  request.delivered();
  if ((await within(grace, over)) === true) return;
  await started.signal("SIGKILL", request.processGroup);
  await within(KILL_NEWS_MS, over);
}
