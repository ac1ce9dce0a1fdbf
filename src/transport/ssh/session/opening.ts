import { randomBytes } from "node:crypto";
import type { Client, ClientChannel, ExecOptions } from "ssh2";
import { toError } from "../../../errors.ts";
import { sayPid, startText, watchedText } from "../../framing/start-text.ts";
import { BEAT_MS } from "../../limits.ts";
import type { ConnectOptions } from "../../transport.ts";
import { isRequestRefusal } from "../errors.ts";
import { type SessionRequest, SshProcess } from "./channel.ts";
import { waitForStatus } from "./ssh2-channel.ts";

/** A session that is asked for: its process is the command, and one of the two hears what came of it. */
export interface Opening {
  /** Some kB, and said once. */
  line(): string;
  readonly options: ExecOptions;
  opened(channel: ClientChannel): void;
  failed(error: Error): void;
}

/** The server did not do what was sent ahead, and nothing ran: the same again without haste is safe. */
export class PlainLoginNeededError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = "PlainLoginNeededError";
  }
}

/** What a session runs. */
interface SessionText {
  /** In place of a shell or a loader, when it has said its pid: without single quotes. */
  readonly text?: string;
  /** In the environment of all of it. */
  readonly variable?: ConnectOptions["variable"];
  /** Of a shell: milliseconds between signs of life of its client. @default BEAT_MS */
  readonly beat?: number | undefined;
  /** Of a shell: it will not serve another flight. @default false */
  readonly servesOne?: boolean | undefined;
}

/** In single quotes, without any inside: the same text in every login shell, csh and fish included. */
function shLine(text: string, variable?: string): string {
  return `exec ${variable === undefined ? "" : `env ${variable} `}/bin/sh -c '${text}'`;
}

/**
 * What runs it leads a process group, where the host has setsid(1): servers that are not OpenSSH may give all commands one and the same.
 * On a terminal it would lose that, and who gives one gives a session with it.
 */
function leadLine(text: string, variable?: string): string {
  const isMember = "[ -r /proc/$$/stat ] && read -r _ _ _ _ _fake_group _ </proc/$$/stat && [ $_fake_group != $$ ]";
  const lead = `${isMember} && command -v setsid >/dev/null && exec setsid /bin/sh -c "$1" "$0"`;
  return `${shLine(`${lead}; unset _fake_group; eval "$1"`, variable)} /bin/sh '${text}'`;
}

/** A session, and how to ask for it: the login opens the first of a connection as early as it can. Rejects with ssh2's error. */
export function prepareSession(request: SessionRequest, what: SessionText = {}) {
  const { text, variable, beat = BEAT_MS, servesOne = false } = what;
  const { program, terminal } = request;
  if (variable !== undefined && !/^[A-Z_]+=\w+$/.test(variable)) throw new TypeError(`${variable} is no plain variable.`);
  const marker = `@fake:${randomBytes(8).toString("hex")}`;
  let opening!: Opening;
  const session = new Promise<SshProcess>((resolve, reject) => {
    const start = (): string => (program === "loader" ? startText(program, marker) : watchedText(marker, { beat, servesOne }));
    opening = {
      line: () =>
        text === undefined && terminal === undefined
          ? leadLine(start(), variable)
          : shLine(text === undefined ? startText("terminal", marker) : `${sayPid(marker)}; ${text}`, variable),
      // No echo, so that no input is ever printed: who wants it turns it on.
      options:
        terminal === undefined
          ? {}
          : { pty: { term: terminal.type, cols: terminal.columns, rows: terminal.rows, modes: { ECHO: 0 } } },
      opened: (channel) => resolve(new SshProcess(channel, marker, request, servesOne)),
      failed: reject,
    };
  });
  // A login that fails has its own error, and nobody takes the session.
  session.catch(() => undefined);
  return { opening, session };
}

/** Opens a session and starts the process in it. Rejects with ssh2's error, or what a login fails with: then nothing was run. */
export type OpenSession = (request: SessionRequest, what?: SessionText) => Promise<SshProcess>;

/** How often a session is asked for that the server gives and closes: dropbear 2022.83 does so when the process of another one ends. */
const TRIES = 4;

/** Opens a session on a connection that is there, and starts the process in it. */
export async function openSession(
  client: Client,
  request: SessionRequest,
  what?: SessionText,
  tries = TRIES,
): Promise<SshProcess> {
  const { opening, session } = prepareSession(request, what);
  requestSession(client, opening);
  return session.catch((error: unknown) => {
    if (tries === 1 || !isRequestRefusal(error)) throw error;
    return openSession(client, request, what, tries - 1);
  });
}

/** One of the two hears of it: where there is no connection, `failed`. */
export function requestSession(client: Client, { line, options, opened, failed }: Opening): void {
  try {
    client.exec(line(), options, (error, channel) => {
      if (error !== undefined) return failed(error);
      waitForStatus(channel);
      opened(channel);
    });
  } catch (error) {
    failed(toError(error));
  }
}
