/**
 * Real pipes for what a child process prints. Node gives children sockets, which cannot be opened again by name: `echo x
 * >/dev/stderr`, which works on every host, would fail here. Node cannot make pipes, but it can open named ones.
 * (Not for input: a named pipe whose writer has gone cannot be opened for reading without waiting for another.)
 */
import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const { O_RDONLY, O_RDWR, O_WRONLY, O_NONBLOCK } = constants;

/** Two pipes, or undefined where there can be none: without mkfifo(1), or a directory for temporary files, or in Bun, whose sockets read none. */
export async function openPipes(directory: string = tmpdir()) {
  if (process.versions["bun"] !== undefined) return undefined;
  const place = await mkdtemp(join(directory, "fake-pipes-")).catch(() => undefined);
  if (place === undefined) return undefined;
  const paths = [join(place, "1"), join(place, "2")] as const;
  try {
    await run("mkfifo", ["-m", "600", ...paths]);
    const [output, errors] = [openEnds(paths[0]), openEnds(paths[1])];
    /** The child's ends: its standard output and error. */
    const fds = [output.write, errors.write] as const;
    return {
      fds,
      stdout: new Socket({ fd: output.read, readable: true, writable: false }),
      stderr: new Socket({ fd: errors.read, readable: true, writable: false }),
      /** The child has its ends: with ours of them closed, the end of a stream can be seen. */
      handOver: () => fds.forEach((fd) => void closeSync(fd)),
    };
  } catch {
    return undefined;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** Either end alone would wait for the other to be opened; one that is both does not. */
function openEnds(path: string) {
  const both = openSync(path, O_RDWR | O_NONBLOCK);
  try {
    return { read: openSync(path, O_RDONLY), write: openSync(path, O_WRONLY) };
  } finally {
    closeSync(both);
  }
}
