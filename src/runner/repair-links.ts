import type { Session } from "./session.ts";

/** Connects again to those whose connection was lost; afterwards they are there, or lost for good. Never throws. */
export async function repairLinks(sessions: readonly Session[], signal: AbortSignal): Promise<void> {
  const broken = sessions.filter((session) => session.broken);
  await Promise.allSettled(broken.map((session) => session.connection(signal)));
}
