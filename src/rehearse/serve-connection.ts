/**
 * One connection to a throwaway host, in a process of its own: it ends with its connection, as sshd's does. By that and by its name hosts
 * know whether who took their lock still lives.
 */
import type { Socket } from "node:net";
import { type SshServerOptions, serveSocket } from "../demo/ssh-server.ts";

/** What the process is told, together with the socket. */
export interface ServedConnection extends SshServerOptions {
  /** The private one. */
  readonly hostKey: string;
}

export function serveConnection(): void {
  process.title = "sshd-rehearsal";
  process.once("message", ({ hostKey, ...options }: ServedConnection, socket: Socket) => {
    socket.once("close", () => process.exit());
    serveSocket(socket, hostKey, options);
    socket.resume();
  });
  // Whoever rehearses is gone.
  process.once("disconnect", () => process.exit());
}
