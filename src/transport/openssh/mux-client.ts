import { EventEmitter } from "node:events";
import { connect, type Socket } from "node:net";
import type { ExecOptions, PseudoTtyOptions } from "ssh2";
import { toError } from "../../errors.ts";
import type { Client, ClientChannel } from "../ssh/session/session-client.ts";
import { MuxChannel, PACKET, WINDOW } from "./mux-channel.ts";
import { createMessageSplitter, MessageReader, MUX, MUX_VERSION, muxMessage, SSH, sshMessage } from "./mux-wire.ts";

type Opened = (error: Error | undefined, channel: ClientChannel) => void;

interface Opening {
  readonly line: string;
  readonly pty: PseudoTtyOptions | undefined;
  readonly opened: Opened;
}

/** A channel, and what the host has yet to grant before its command runs. */
interface Entry {
  readonly channel: MuxChannel;
  readonly requests: { readonly refusal: string; readonly granted?: () => void; readonly refused: (error: Error) => void }[];
}

/** Opcodes of terminal modes (RFC 4254, section 8). */
const ECHO = 53;
const END_OF_MODES = 0;

export interface MuxClientOptions {
  readonly forwardAgent: boolean;
  /** Why the link is gone: asked when it is. */
  readonly reason: () => Promise<Error | undefined>;
}

/**
 * Sessions of a master process of OpenSSH's, over its control socket in proxy mode: the master passes our messages on, so that
 * any number of sessions costs no further process.
 */
export class MuxClient extends EventEmitter implements Client {
  readonly #socket: Socket;
  readonly #options: MuxClientOptions;
  readonly #opening = new Map<number, Opening>();
  readonly #entries = new Map<number, Entry>();
  #next = 0;
  /** sshd lends the agent to all sessions of a connection, and takes it for a mistake to be asked twice. */
  #agentWanted: boolean;
  #isGone = false;

  constructor(socket: Socket, options: MuxClientOptions) {
    super();
    this.#socket = socket;
    this.#options = options;
    this.#agentWanted = options.forwardAgent;
  }

  /** Starts to listen: from now on all messages are of the connection protocol. */
  receive(message: Buffer): void {
    const reader = new MessageReader(message);
    reader.byte();
    const kind = reader.byte();
    const number = reader.number();
    if (kind === SSH.openConfirmation) this.#confirmed(number, reader);
    else if (kind === SSH.openFailure) this.#refused(number, reader);
    else this.#pass(number, kind, reader);
  }

  exec(line: string, options: ExecOptions, opened: Opened): void {
    if (this.#isGone) throw new Error("Not connected");
    const number = this.#next++;
    const { pty } = options;
    this.#opening.set(number, { line, pty: typeof pty === "object" ? pty : undefined, opened });
    this.#send(sshMessage(SSH.open, "session", number, WINDOW, PACKET));
  }

  /** The socket is closed: nothing comes any more. */
  async gone(): Promise<void> {
    if (this.#isGone) return;
    this.#isGone = true;
    const error = await this.#options.reason();
    if (error !== undefined) this.emit("error", error);
    this.emit("close");
    const lost = new Error("Not connected");
    for (const { opened } of this.#opening.values()) fail(opened, lost);
    for (const { channel, requests } of this.#entries.values()) {
      for (const request of requests) request.refused(lost);
      channel.over();
    }
    this.#opening.clear();
    this.#entries.clear();
  }

  #confirmed(number: number, message: MessageReader): void {
    const opening = this.#opening.get(number);
    if (opening === undefined) return;
    this.#opening.delete(number);
    const [remote, window, packet] = [message.number(), message.number(), message.number()];
    const channel = new MuxChannel({ remote, window, packet, send: (bytes) => this.#send(bytes) });
    this.#entries.set(number, { channel, requests: this.#ask(channel, opening) });
    channel.once("close", () => this.#entries.delete(number));
  }

  /** Asks for all at once. The answers come in the same order, and the first refusal counts. */
  #ask(channel: MuxChannel, { line, pty, opened }: Opening): Entry["requests"] {
    let isOver = false;
    const refused = (error: Error): void => {
      if (isOver) return;
      isOver = true;
      channel.close();
      fail(opened, error);
    };
    const requests: Entry["requests"] = [];
    if (this.#agentWanted) {
      this.#agentWanted = false;
      channel.request("auth-agent-req@openssh.com", true);
      requests.push({ refusal: "Unable to request agent forwarding", refused });
    }
    if (pty !== undefined) {
      channel.request("pty-req", true, pty.term ?? "dumb", pty.cols ?? 80, pty.rows ?? 24, 0, 0, writeModes(pty));
      requests.push({ refusal: "Unable to request a pseudo-terminal", refused });
    }
    channel.request("exec", true, line);
    const granted = (): void => {
      if (!isOver) opened(undefined, channel);
      isOver = true;
    };
    requests.push({ refusal: "Unable to exec", granted, refused });
    return requests;
  }

  #refused(number: number, message: MessageReader): void {
    const opening = this.#opening.get(number);
    this.#opening.delete(number);
    message.number();
    if (opening !== undefined) fail(opening.opened, new Error(`(SSH) Channel open failure: ${message.text()}`));
  }

  #pass(number: number, kind: number, message: MessageReader): void {
    const entry = this.#entries.get(number);
    if (entry === undefined) return;
    const request = kind === SSH.success || kind === SSH.failure ? entry.requests.shift() : undefined;
    if (kind === SSH.success) request?.granted?.();
    else if (kind === SSH.failure) request?.refused(new Error(request.refusal));
    else entry.channel.receive(kind, message);
  }

  #send(message: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(message);
  }
}

/** Takes up the protocol with the master at `path`. Rejects while there is none. */
export function connectMux(path: string, options: MuxClientOptions): Promise<{ client: MuxClient; socket: Socket }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const client = new MuxClient(socket, options);
    let isProxy = false;
    const split = createMessageSplitter((message) => {
      if (isProxy) return client.receive(message);
      const kind = message.readUInt32BE(0);
      if (kind === MUX.hello) return;
      if (kind !== MUX.proxyGranted)
        throw new Error(`the ssh program does not pass sessions on (it said 0x${kind.toString(16)})`);
      isProxy = true;
      // An error that nobody hears ends the process, and there may be nobody yet.
      client.on("error", () => undefined);
      resolve({ client, socket });
    });
    socket.once("connect", () => socket.write(Buffer.concat([muxMessage(MUX.hello, MUX_VERSION), muxMessage(MUX.proxy, 0)])));
    socket.on("data", (chunk) => {
      try {
        split(chunk);
      } catch (error) {
        socket.destroy(toError(error));
      }
    });
    socket.on("error", reject);
    socket.once("close", () => {
      reject(new Error("the ssh program closed its control socket"));
      if (isProxy) void client.gone();
    });
  });
}

function writeModes({ modes }: PseudoTtyOptions): Buffer {
  const bytes = Buffer.from([ECHO, 0, 0, 0, modes?.ECHO ?? 1, END_OF_MODES]);
  return bytes;
}

/** As ssh2 does: with an error there is no channel. */
function fail(opened: Opened, error: Error): void {
  opened(error, undefined as unknown as ClientChannel);
}
