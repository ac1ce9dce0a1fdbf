import { randomBytes } from "node:crypto";
import type { Client, ClientChannel, ExecOptions } from "ssh2";
import { startText } from "../../framing/script.ts";
import { type ChannelHost, type SessionRequest, SshProcess } from "./channel.ts";

/** A session that is asked for: its process is the command, and one of the two hears what came of it. */
export interface Opening {
  readonly line: string;
  readonly options: ExecOptions;
  opened(channel: ClientChannel): void;
  failed(error: Error): void;
}

/** Opens a session and starts the process in it. Rejects with ssh2's error. */
export function openSession(client: Client, request: SessionRequest, host: ChannelHost): Promise<SshProcess> {
  return new Promise((resolve, reject) => requestSession(client, createOpening(request, host, resolve, reject)));
}

/** For a session that the login opens: `resolve` and `reject` as of openSession. */
export function createOpening(
  request: SessionRequest,
  host: ChannelHost,
  resolve: (process: SshProcess) => void,
  reject: (error: Error) => void,
): Opening {
  const { program, terminal } = request;
  const marker = `@fake:${randomBytes(8).toString("hex")}`;
  return {
    // In single quotes, without any inside: the same text in every login shell, csh and fish included.
    line: `exec /bin/sh -c '${startText(terminal === undefined ? program : "terminal", marker)}'`,
    // No echo, so that no input is ever printed: who wants it turns it on.
    options:
      terminal === undefined
        ? {}
        : { pty: { term: terminal.type, cols: terminal.columns, rows: terminal.rows, modes: { ECHO: 0 } } },
    opened: (channel) => resolve(new SshProcess(channel, { ...host, marker, request })),
    failed: reject,
  };
}

/** @throws Error when there is no connection. */
export function requestSession(client: Client, { line, options, opened, failed }: Opening): void {
  client.exec(line, options, (error, channel) => {
    if (error !== undefined) failed(error);
    else opened(channel);
  });
}
