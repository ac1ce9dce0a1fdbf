import { createMarker, startText, writeSessionPrelude } from "../../framing/script.ts";
import { takePid } from "../../framing/splitter.ts";
import { Started } from "../../framing/started.ts";
import { BEAT_LINE, become } from "../../host-side/guard.ts";
import type { SshProcess } from "./channel.ts";

/**
 * Tells a shell what it has to know for flights, at once: one that is never sent a flight has to notice, too, when nobody is there
 * any more. `beat`: how often it is told that the client lives, in milliseconds.
 */
export function becomeShell(session: SshProcess, beat: number): void {
  session.shell = new Started(session);
  session.stdin.write(writeSessionPrelude(beat));
  // Without it the host ends what runs there.
  const beats = setInterval(() => {
    if (session.isOpen && session.shell !== undefined) session.stdin.write(BEAT_LINE);
    else clearInterval(beats);
  }, beat).unref();
  session.closed.then(() => clearInterval(beats));
}

/** Makes a loader of a shell that waits for a flight: in one turn, where another session takes two. False when it had ended. */
export async function becomeLoader(session: SshProcess): Promise<boolean> {
  session.shell?.detach();
  session.boundOutputs();
  session.shell = undefined;
  session.pid = undefined;
  const marker = createMarker();
  session.stdin.write(become(startText("loader", marker)));
  session.pid = await takePid(session.stdout, marker);
  return session.pid !== undefined;
}
