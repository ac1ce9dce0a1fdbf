import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";

/** A real git server on loopback. */
export interface GitDaemon {
  readonly port: number;
  stop(): Promise<void>;
}

/** Serves all repositories below a folder as `git://127.0.0.1:port/name`. */
export async function startGitDaemon(folder: string): Promise<GitDaemon> {
  const port = await findFreePort();
  const options = ["--reuseaddr", "--export-all", "--listen=127.0.0.1", `--port=${port}`, `--base-path=${folder}`, folder];
  const programs = execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim();
  // Without the `git` in front, the process that is stopped is the one that listens.
  const daemon = spawn("git-daemon", options, { stdio: "ignore", env: { PATH: `${programs}:${process.env["PATH"]}` } });
  const ended = once(daemon, "exit");
  await untilListening(port, ended);
  return {
    port,
    async stop() {
      daemon.kill("SIGTERM");
      await ended;
    },
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function untilListening(port: number, ended: Promise<unknown>): Promise<void> {
  let running = true;
  void ended.then(() => {
    running = false;
  });
  while (running) {
    const socket = connect(port, "127.0.0.1");
    const outcome = await Promise.race([once(socket, "connect").then(() => true), once(socket, "error").then(() => false)]).catch(
      () => false,
    );
    socket.destroy();
    if (outcome) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("git daemon did not start");
}
