/** The way into a host for the host before it, open for the time of one round. */
import { TaskError } from "../../errors.ts";
import type { Channel } from "../../transport/channel.ts";
import { within } from "../../wait.ts";
import { type Door, doorScript, parseDoor } from "./hop-script.ts";
import { saidOwn, tailOf, type Wire } from "./host-run.ts";

/** For a host that answers, and says nothing of a door. Milliseconds. */
const OPEN_MS = 30_000;
/** For cleaning up. */
const CLOSE_MS = 10_000;
/** Characters: more is no door. */
const MOST = 64 * 1024;

export interface OpenDoor extends Door {
  /** The key goes, and who still waits to write is let go. Never rejects. */
  close(): Promise<void>;
}

/** @throws TaskError with what the host says against it; the link's error; the signal's reason */
export async function openDoor(wire: Wire, publicKey: string, signal: AbortSignal): Promise<OpenDoor> {
  const channel = await wire.open({ script: doorScript(publicKey), signal });
  channel.stdin.on("error", () => undefined);
  const errors = tailOf(channel.stderr);
  const said = await within(OPEN_MS, readDoor(channel));
  const door = said === undefined ? undefined : parseDoor(said);
  if (door === undefined) {
    channel.close();
    const { exitCode, cause } = await channel.ended;
    signal.throwIfAborted();
    if (exitCode === undefined && cause !== undefined && said !== undefined) throw cause;
    // What it says when it is hung up on is no reason.
    const own = saidOwn(await errors);
    throw new TaskError(own === "" ? "The key of its SSH server cannot be found out there." : own);
  }
  return { ...door, close: () => closeDoor(channel) };
}

/** To the empty line behind the host keys. What comes then is read, and nothing to us. */
async function readDoor({ stdout }: Channel): Promise<string> {
  let said = "";
  return new Promise((resolve) => {
    stdout.on("data", (chunk: Buffer) => {
      if (said.length > MOST) return;
      said += chunk.toString("latin1");
      if (/^door [^\n]*\n(?:[^\n]+\n)*\n/m.test(said) || said.length > MOST) resolve(said);
    });
    for (const event of ["end", "error", "close"]) stdout.once(event, () => resolve(said));
  });
}

async function closeDoor(channel: Channel): Promise<void> {
  channel.stdin.end();
  if ((await within(CLOSE_MS, channel.ended)) === undefined) channel.close();
}
