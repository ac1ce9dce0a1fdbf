import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeError } from "../../errors.ts";

/** Most bytes of a socket's path on every system, and what ssh puts behind it while it makes the socket. */
const LONGEST_PATH = 103 - ".0123456789abcdef".length;

/**
 * Reads `+ PID` and `- PID`. When we are gone its input ends: also when we were killed, and nobody else can end the masters.
 */
const WATCH = `pids=' '
while read -r sign pid; do
case $sign in
+) pids="$pids$pid ";;
-) case $pids in *" $pid "*) pids="\${pids%%" $pid "*} \${pids#*" $pid "}";; esac;;
esac
done
for pid in $pids; do kill "$pid" 2>/dev/null; done
exec rm -rf -- "$1"`;

/** What the masters of a run have in common: a private folder for their sockets, and somebody who ends them when we cannot. */
export type Supervisor = Awaited<ReturnType<typeof createSupervisor>>;

/** @throws FakeError where there is no place for sockets. */
export async function createSupervisor(directories: readonly string[] = [tmpdir(), "/tmp"]) {
  const folder = await makeFolder(directories);
  const shell = startWatch(folder);
  let sockets = 0;
  return {
    /** Where the next master listens. */
    nextSocket: () => join(folder, String(++sockets)),
    /** Ends the process when this one is gone. */
    watch: (pid: number) => void shell.stdin?.write(`+ ${pid}\n`),
    forget: (pid: number) => void shell.stdin?.write(`- ${pid}\n`),
    /** Removes the folder. Never rejects. */
    async end(): Promise<void> {
      const gone = shell.pid === undefined ? undefined : new Promise((resolve) => shell.once("exit", resolve));
      shell.stdin?.end();
      if (shell.exitCode === null && shell.signalCode === null) await gone;
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    },
  };
}

/** A group of its own: Ctrl-C is for us. It keeps nothing alive. */
function startWatch(folder: string): ChildProcess {
  const shell = spawn("/bin/sh", ["-c", WATCH, "fake-supervisor", folder], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  shell.on("error", () => undefined);
  shell.stdin.on("error", () => undefined);
  shell.unref();
  (shell.stdin as unknown as { unref?(): void }).unref?.();
  return shell;
}

/** ssh expands `%`, `~` and variables in the path, and takes blanks for its end. */
async function makeFolder(directories: readonly string[]): Promise<string> {
  for (const directory of directories) {
    if (!/^\/[\w./+-]*$/.test(directory) || join(directory, "fake-XXXXXX", "999999").length > LONGEST_PATH) continue;
    const folder = await mkdtemp(join(directory, "fake-")).catch(() => undefined);
    if (folder === undefined) continue;
    await chmod(folder, 0o700);
    return folder;
  }
  throw new FakeError("NO_SOCKET_FOLDER", `There is no place for the sockets of ssh: tried ${directories.join(" and ")}.`, {
    hint: "TMPDIR has to name a directory that can be written to, with a short path.",
  });
}
