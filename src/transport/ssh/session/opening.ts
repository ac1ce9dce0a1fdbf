import { randomBytes } from "node:crypto";
import type { Client, ClientChannel, ExecOptions, PseudoTtyOptions } from "ssh2";
import { LOADER_SCRIPT, PTY_LOADER_SCRIPT, SHELL } from "../../framing/script.ts";
import { type ChannelHost, type ChannelKind, SshChannel } from "./channel.ts";

const BODIES: Readonly<Record<ChannelKind, string>> = { flight: SHELL, exec: LOADER_SCRIPT, terminal: PTY_LOADER_SCRIPT };

/** No echo, so that no input is ever printed; no colours, pagers or cursor movements. */
const TERMINAL: PseudoTtyOptions = { term: "dumb", cols: 160, rows: 50, modes: { ECHO: 0 } };

/** A session that is asked for: its shell is the command, and one of the two hears what came of it. */
export interface Opening {
  readonly line: string;
  readonly options: ExecOptions;
  opened(channel: ClientChannel): void;
  failed(error: Error): void;
}

/** Opens a session and starts the shell in it. Rejects with ssh2's error. */
export function openChannel(client: Client, kind: ChannelKind, host: ChannelHost): Promise<SshChannel> {
  return new Promise((resolve, reject) => requestSession(client, createOpening(kind, host, resolve, reject)));
}

/** For a session that the login opens: `resolve` and `reject` as of openChannel. */
export function createOpening(
  kind: ChannelKind,
  host: ChannelHost,
  resolve: (channel: SshChannel) => void,
  reject: (error: Error) => void,
): Opening {
  const marker = `@fake:${randomBytes(8).toString("hex")}`;
  return {
    // In single quotes, without any inside: the same text in every login shell, csh and fish included.
    line: `exec /bin/sh -c 'echo ${marker} $$; ${BODIES[kind]}'`,
    options: kind === "terminal" ? { pty: TERMINAL } : {},
    opened: (channel) => resolve(new SshChannel(channel, { ...host, marker, kind })),
    failed: reject,
  };
}

/** @throws Error when there is no connection. */
export function requestSession(client: Client, opening: Opening): void {
  client.exec(opening.line, opening.options, (error, channel) => {
    if (error !== undefined) opening.failed(error);
    else opening.opened(channel);
  });
}
