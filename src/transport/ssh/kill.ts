import type { Client } from "ssh2";
import { toError } from "../../errors.ts";

/** Milliseconds in which a host has to do as told. */
const PATIENCE = 10_000;

/** There is no second session to send the signal from. */
export class NoSessionError extends Error {}

/**
 * Signals a process group from a session of its own.
 * Rejects when the host does not say that all of it was reached; with NoSessionError when it gives no session.
 */
export function signalOver(client: Client, signal: "SIGTERM" | "SIGKILL", pid: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the host did not answer the request to end it")), PATIENCE);
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      if (error === undefined) resolve();
      else reject(error);
    };
    const line = `exec /bin/sh -c '${signalScript(signal.slice(3), pid)}'`;
    try {
      client.exec(line, (error, channel) => {
        if (error !== undefined) return finish(new NoSessionError(error.message));
        let status: number | null | undefined;
        channel.once("exit", (code: number | null) => {
          status = code;
        });
        channel.once("close", () =>
          finish(status === 0 ? undefined : new Error("part of it belongs to a user whose processes we may not end")),
        );
        channel.on("error", () => undefined).resume();
        channel.stderr.resume();
        channel.end();
      });
    } catch (error) {
      finish(toError(error));
    }
  });
}

/**
 * POSIX sh without single quotes. The group is looked up from the pid where the host can tell: a wrapper of the login shell
 * may lead it. What sudo started belongs to someone else, and nobody but sudo may end that.
 */
function signalScript(signal: string, pid: number): string {
  const group = `g=${pid}; [ -r /proc/${pid}/stat ] && read -r _ _ _ _ g _ </proc/${pid}/stat`;
  const foreign = `u=$(id -u); f=$(ps -A -o pgid= -o uid= 2>/dev/null | while read -r p o; do [ "$p" = "$g" ] && [ "$o" != "$u" ] && echo x; done)`;
  const asRoot = `[ -z "$f" ] || sudo -n kill -s ${signal} -- -$g 2>/dev/null || r=1`;
  return `r=0; ${group}; ${foreign}; ${asRoot}; kill -s ${signal} -- -$g 2>/dev/null; exit $r`;
}
