import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import type { ServerChannel } from "ssh2";

export type ServedCommand = ReturnType<typeof serveCommand>;

/** Runs a command as sshd does: in a shell that leads a process group of its own, with the channel as its three streams. */
export function serveCommand(
  text: string,
  channel: ServerChannel,
  { home, env }: { readonly home: string; readonly env?: Readonly<Record<string, string>> | undefined },
) {
  const child = spawn("/bin/sh", ["-c", text], {
    cwd: home,
    env: {
      PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
      ...env,
      HOME: home,
      SHELL: "/bin/sh",
      SSH_CONNECTION: "127.0.0.1 0 127.0.0.1 0",
    },
    detached: true,
  });
  channel.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  channel.pipe(child.stdin);
  const write = createWriter(channel);
  const sent = Promise.all([
    pump(child.stdout, (chunk) => write(channel, chunk)),
    pump(child.stderr, (chunk) => write(channel.stderr, chunk)),
  ]);
  const ended = once(child, "exit").catch(() => [127, null]) as Promise<[code: number | null, signal: NodeJS.Signals | null]>;
  // What writes on when nobody listens gets SIGPIPE, as under sshd.
  channel.on("close", () => {
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  });
  return {
    /** Kills it with all that it started. */
    end: (): void => killGroup(child.pid),
    /** Settles when the command has ended and all that it printed was sent. */
    done: Promise.all([ended, sent]).then(([[code, signal]]) => {
      if (signal === null) channel.exit(code ?? 127);
      else channel.exit(signal.slice(3), false, "");
      channel.end();
    }),
  };
}

/**
 * One write at a time, for both streams: when the client's window is full, ssh2 1.17's server remembers one blocked chunk of
 * each, never forgets the one of stdout, and would send it again in place of the next blocked one.
 */
function createWriter(channel: ServerChannel): (stream: NodeJS.WritableStream, chunk: Buffer) => Promise<void> {
  let turn: Promise<void> = Promise.resolve();
  const memory = channel as unknown as { _chunk: unknown; _chunkcb: unknown };
  const send = (stream: NodeJS.WritableStream, chunk: Buffer): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        channel.off("close", done);
        memory._chunk = undefined;
        memory._chunkcb = undefined;
        resolve();
      };
      channel.once("close", done);
      stream.write(chunk, done);
    });
  return (stream, chunk) => {
    turn = turn.then(() => send(stream, chunk));
    return turn;
  };
}

async function pump(source: Readable, write: (chunk: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const chunk of source) await write(chunk as Buffer);
  } catch {
    // The channel is gone, and the stream was destroyed with it.
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
