import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { neutralise } from "../../../command/neutralise.ts";
import { remember } from "../remember.ts";
import { indexKnownHosts, type KnownHost, parseKnownHosts } from "./known-hosts.ts";

/** The known_hosts files of a run: each is read once, and knows what the run added. */
export type KnownHostsStore = ReturnType<typeof createKnownHostsStore>;

export function createKnownHostsStore(onWarning: (text: string) => void) {
  const read = remember((file: string) => readKnownHosts(file, onWarning));
  const claims = new Map<string, Buffer>();
  let writing: Promise<void> = Promise.resolve();
  return {
    /** What all these files say. A file that is not there is empty. */
    load: remember(async (files: readonly string[]) => indexKnownHosts((await Promise.all(files.map(read))).flat())),
    /**
     * Takes a new key for a name, for the rest of the run. Gives the key that was taken first: another connection to the
     * same name must not be talked into a second one meanwhile.
     */
    claim(name: string, key: Buffer): Buffer {
      const first = claims.get(name) ?? Buffer.from(key);
      claims.set(name, first);
      return first;
    },
    /** The key taken for a name, if any. */
    findClaim: (name: string) => claims.get(name),
    /** Writes a line (formatKnownHost). @throws when the file cannot be written. */
    write(file: string, line: string): Promise<void> {
      // One after the other: two hosts that write at once would each look for the newline before the other's line.
      const written = writing.then(() => append(file, line));
      writing = written.catch(() => undefined);
      return written;
    },
  };
}

async function readKnownHosts(file: string, warn: (text: string) => void): Promise<KnownHost[]> {
  try {
    const { entries, bad } = parseKnownHosts(await readFile(file, "utf8"), file);
    for (const { line, reason } of bad) warn(`${file}:${line} is left out: ${neutralise(reason)}.`);
    return entries;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") warn(`${file} cannot be read: ${message}`);
    return [];
  }
}

async function append(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const start = (await endsInsideLine(file)) ? "\n" : "";
  await appendFile(file, `${start}${line}\n`, { mode: 0o600 });
}

/** True when the last line has no newline: ours would become part of it, and both would be lost. */
async function endsInsideLine(file: string): Promise<boolean> {
  const text = await readFile(file, "latin1").catch(() => "");
  return text !== "" && !text.endsWith("\n");
}
