import { rmSync } from "node:fs";
import { notesWritten } from "../../src/transport/ssh/host-notes.ts";

/** Removes the folder that was the home of logins: not before all is written that they remember, which makes folders there again. */
export async function removeHome(directory: string): Promise<void> {
  await notesWritten();
  rmSync(directory, { recursive: true, force: true });
}
