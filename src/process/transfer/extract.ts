/** Puts what a host sends on this machine's disk. Nothing leads out of the directory that it is to be in. */
import { chmodSync, constants, linkSync, lstatSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { FakeError } from "../../errors.ts";
import type { Meter } from "./progress.ts";
import { readTar, type TarEntry } from "./tar-reader.ts";

/** Written at once. */
const SMALL = 64 * 1024;

/**
 * Unpacks an archive into a new directory that nobody else writes to.
 * @throws FakeError `BAD_ARCHIVE` for absolute paths, `..`, links that lead out, devices and all that is none of files, directories and links
 */
export async function extractTar(
  archive: AsyncIterable<Buffer>,
  root: string,
  count: Pick<Meter, "addFile" | "addBytes">,
): Promise<void> {
  const files = new Set<string>();
  const directories: TarEntry[] = [];
  // Links come last: nothing is written through one.
  const links: (readonly [path: string, target: string, isSymbolic: boolean])[] = [];
  mkdirSync(root, { recursive: true });
  for await (const entry of readTar(archive)) {
    const path = cleanPath(entry.path);
    const file = join(root, path);
    if (entry.type === "directory") {
      mkdirSync(file, { recursive: true, mode: 0o700 });
      directories.push({ ...entry, path });
      continue;
    }
    if (path === ".") throw refuse(entry.path, "names no file");
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    if (entry.type === "link") links.push([path, checkTarget(path, entry.target ?? ""), true]);
    else if (entry.type === "hardlink") {
      const target = cleanPath(entry.target ?? "");
      if (!files.has(target)) throw refuse(path, `is a link to ${JSON.stringify(target)}, which did not come before it`);
      links.push([path, target, false]);
    } else {
      await writeEntry(entry, file, count);
      files.add(path);
      count.addFile();
    }
  }
  for (const [path, target, isSymbolic] of links) {
    if (isSymbolic) symlinkSync(target, join(root, path));
    else linkSync(join(root, target), join(root, path));
  }
  // From the inside out: what is made in one changes its time.
  for (const { path, mode, mtime } of directories.reverse()) {
    const directory = join(root, path);
    if (!lstatSync(directory).isDirectory()) throw refuse(path, "is a directory and something else");
    chmodSync(directory, mode | 0o700);
    utimesSync(directory, mtime, mtime);
  }
}

/** Relative, without `.` and `..`. */
function cleanPath(path: string): string {
  if (path.startsWith("/")) throw refuse(path, "is absolute");
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refuse(path, "leads out of the directory");
  return parts.length === 0 ? "." : parts.join("/");
}

function checkTarget(path: string, target: string): string {
  if (leadsOut(path, target)) throw refuse(path, `is a link to ${JSON.stringify(target)}, which leads out of the directory`);
  return target;
}

/** Of a link that is put in a directory under the last part of its path. */
export function staysInside({ path, target = "" }: { readonly path: string; readonly target?: string | undefined }): boolean {
  return !leadsOut(posix.basename(path), target);
}

/** Where a link leads, seen from the top of what is fetched. */
function leadsOut(path: string, target: string): boolean {
  const whole = posix.join(posix.dirname(path), target);
  return target === "" || target.startsWith("/") || whole === ".." || whole.startsWith("../");
}

async function writeEntry({ size, mode, mtime, content }: TarEntry, file: string, count: Pick<Meter, "addBytes">): Promise<void> {
  if (size <= SMALL) {
    const parts: Buffer[] = [];
    for await (const part of content()) parts.push(part);
    writeFileSync(file, Buffer.concat(parts), { flag: "wx", mode: 0o600 });
    count.addBytes(size);
  } else {
    // Never through a link, and never over what is there.
    const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      for await (const part of content()) {
        await handle.writeFile(part);
        count.addBytes(part.length);
      }
    } finally {
      await handle.close();
    }
  }
  chmodSync(file, mode);
  utimesSync(file, mtime, mtime);
}

function refuse(path: string, why: string): FakeError {
  return new FakeError("BAD_ARCHIVE", `What came from the host is refused: ${JSON.stringify(path)} ${why}.`, {
    hint: "Nothing of it was kept. Fetch what is needed of it by its name.",
  });
}
