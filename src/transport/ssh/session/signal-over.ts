import type { Client } from "ssh2";
import { toError } from "../../../errors.ts";
import { within } from "../../../wait.ts";
import type { ChannelEnd } from "../../channel.ts";
import { signalScript } from "../../host-side/signal-script.ts";
import { SIGNAL_MS } from "../../limits.ts";
import { NoSessionError } from "./kill.ts";
import { openSession } from "./opening.ts";

/**
 * Signals a process group from a session of its own.
 * Rejects when the host does not say that all of it was reached; with NoSessionError when it gives no session.
 */
export async function signalOver(client: Client, signal: NodeJS.Signals, pid: number): Promise<void> {
  const end = await within(SIGNAL_MS, run(client, signalScript(signal, pid)));
  if (end === undefined) throw new Error("the host did not answer the request to end it");
  if (end.exitCode !== 0) throw new Error("part of it belongs to a user whose processes we may not end");
}

async function run(client: Client, text: string): Promise<ChannelEnd> {
  const session = await openSession(client, { program: "shell" }, text).catch((error: unknown) => {
    throw new NoSessionError(toError(error).message);
  });
  session.release();
  return session.ended;
}
