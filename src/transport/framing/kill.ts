/** Ending what runs on a channel. */
import { within } from "../../wait.ts";
import type { CommandResult } from "../transport.ts";
import type { ShellChannel } from "./channel.ts";
import type { KillRequest } from "./parser-options.ts";

/** Milliseconds between SIGTERM and SIGKILL. */
export const GRACE = 5000;
/** Milliseconds in which the news of a killed process group must have come. */
const NEWS = 2000;

/**
 * SIGTERM, and SIGKILL when the flight is not over after the grace time. The shell outlives SIGTERM and reports how the
 * command ended; after SIGKILL there is nobody left to report.
 * Rejects when the host could not be told: what runs there may run on.
 */
export async function endGroup(
  channel: ShellChannel,
  results: Promise<readonly CommandResult[]>,
  request: KillRequest,
  grace: number = GRACE,
): Promise<void> {
  const over = Promise.race([results, channel.closed]).then(() => true);
  await channel.kill("SIGTERM", request.processGroup);
  request.delivered();
  if ((await within(grace, over)) === true) return;
  await channel.kill("SIGKILL", request.processGroup);
  await within(NEWS, over);
}
