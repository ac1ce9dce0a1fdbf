/** Local files as one archive, no more of them in memory than what is on its way. */
import { closeSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { TaskError, toError } from "../../errors.ts";
import { createSum, type SumTool } from "./sum.ts";
import { paddingFor, tarEnd, writeHeader } from "./tar-header.ts";
import type { Source, TreeEntry } from "./tree.ts";

/** What is sent, and what its root is called there. */
export interface NamedSource {
  readonly source: Pick<Source, "file"> & { readonly entries: readonly TreeEntry[] };
  /** `.`: its content only. */
  readonly name: string;
}

/**
 * Where an archive holds its files, and beside them: shell lines for before and after, the names of its files, each with a NUL behind it, and
 * their sums, line by line.
 */
export const ARCHIVE = { files: "t", before: "b", after: "a", names: "n", sums: "s" } as const;

/** Shell lines of a sync: before anything is moved into place, and behind it. */
export interface ArchiveLines {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Larger files are read piece by piece. A file below is read at once: 5,000 of them take a fraction of the time that way. */
const SMALL = 64 * 1024;
const CHUNK = 256 * 1024;

/**
 * Pieces of an archive. Each is used again as soon as the next one is asked for: many hosts at once would leave more behind than is collected.
 * @param onFile called for each that has been read
 * @throws TaskError for a file that has changed meanwhile or cannot be read
 */
export async function* streamTar(
  sources: readonly NamedSource[],
  tool: SumTool,
  onFile: () => void,
  lines?: ArchiveLines,
): AsyncGenerator<Buffer> {
  const names: string[] = [];
  const sums: string[] = [];
  const chunk = Buffer.allocUnsafe(CHUNK);
  let at = 0;
  const flush = (): Buffer => {
    const full = chunk.subarray(0, at);
    at = 0;
    return full;
  };
  for (const { source, name } of sources) {
    // Once more, from the inside out: a tar like that of busybox sets their times at once, and what is put in them changes these.
    const directories = source.entries.filter(({ type }) => type === "directory").reverse();
    for (const entry of [...source.entries, ...directories]) {
      const path = entry.path === "" ? name : `${name}/${entry.path}`;
      const header = headerOf(entry, path);
      const { size } = entry;
      if (at + header.length + (size <= SMALL ? size + paddingFor(size) : 0) > CHUNK) yield flush();
      at += header.copy(chunk, at);
      if (entry.type !== "file") continue;
      const sum = createSum(tool);
      if (size <= SMALL) {
        const content = chunk.subarray(at, at + size);
        readSmall(entry, content);
        sum.update(content);
        at += size;
      } else {
        yield flush();
        for await (const piece of readPieces(entry)) {
          sum.update(piece);
          yield piece;
        }
      }
      const padding = paddingFor(size);
      chunk.fill(0, at, at + padding);
      at += padding;
      names.push(`./${path}`);
      sums.push(sum.digest());
      onFile();
    }
  }
  yield flush();
  if (lines !== undefined) {
    yield* listOf(ARCHIVE.before, lines.before, "\n");
    yield* listOf(ARCHIVE.after, lines.after, "\n");
  }
  yield* listOf(ARCHIVE.names, names, "\0");
  yield* listOf(ARCHIVE.sums, sums, "\n");
  yield tarEnd();
}

/** A file from an offset on, up to the size that it had; its pieces are used again as those of an archive. @throws TaskError when it is shorter by now, or cannot be read */
export async function* readPieces(entry: TreeEntry, from = 0): AsyncGenerator<Buffer> {
  if (entry.size === from) return;
  const file = await open(entry.file).catch((error: unknown) => {
    throw unreadable(entry, toError(error));
  });
  try {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, entry.size - from));
    for (let at = from; at < entry.size; ) {
      const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, entry.size - at), at).catch((error: unknown) => {
        throw unreadable(entry, toError(error));
      });
      if (bytesRead === 0) throw changed(entry);
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Directories stay open to their owner: what is in them could not be moved into place. */
function headerOf(entry: TreeEntry, path: string): Buffer {
  const { type, mtime, size, target } = entry;
  const mode = type === "directory" ? entry.mode | 0o700 : entry.mode;
  return writeHeader({ path: `${ARCHIVE.files}/${path}${type === "directory" ? "/" : ""}`, type, mode, mtime, size, target });
}

function readSmall(entry: TreeEntry, into: Buffer): void {
  let file: number | undefined;
  try {
    file = openSync(entry.file, "r");
    let read = 0;
    while (read < into.length) {
      const count = readSync(file, into, read, into.length - read, read);
      if (count === 0) throw changed(entry);
      read += count;
    }
  } catch (error) {
    throw error instanceof TaskError ? error : unreadable(entry, toError(error));
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function* listOf(path: string, lines: readonly string[], end: string): Generator<Buffer> {
  const content = Buffer.from(lines.map((line) => `${line}${end}`).join(""));
  yield writeHeader({ path, type: "file", mode: 0o600, mtime: 0, size: content.length });
  yield content;
  yield Buffer.alloc(paddingFor(content.length));
}

function changed({ file, size }: TreeEntry): TaskError {
  return new TaskError(`${file} has changed while it was read: it had ${size} bytes.`);
}

function unreadable({ file }: TreeEntry, cause: Error): TaskError {
  return new TaskError(`${file} cannot be read: ${cause.message}`, { cause });
}
