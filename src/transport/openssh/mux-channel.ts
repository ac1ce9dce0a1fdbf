import { Duplex, Readable } from "node:stream";
import type { ClientChannel } from "../ssh/session/session-client.ts";
import { type MessageReader, SSH, sshMessage } from "./mux-wire.ts";

/** Bytes that the host may send ahead of what was read here. */
export const WINDOW = 2 * 1024 * 1024;
/** Most bytes in one message, either way. */
export const PACKET = 32 * 1024;

export interface MuxChannelParts {
  /** The channel's number at the host. */
  readonly remote: number;
  /** Bytes that the host takes at the moment, and in one message. */
  readonly window: number;
  readonly packet: number;
  readonly send: (message: Buffer) => void;
}

/** A session of a master's connection. Its events are those of ssh2's channels. */
export class MuxChannel extends Duplex implements ClientChannel {
  readonly stderr: Readable;
  readonly #parts: MuxChannelParts;
  /** Bytes that may still be sent. */
  #room: number;
  #pending: { bytes: Buffer; readonly done: () => void } | undefined;
  /** Bytes that were read, and that the host does not know of yet. */
  #credit = 0;
  /** Bytes of each stream that wait for their reader. */
  readonly #unread = { stdout: 0, stderr: 0 };
  #closeSent = false;
  #isOver = false;

  constructor(parts: MuxChannelParts) {
    super({ autoDestroy: false, emitClose: false });
    this.#parts = parts;
    this.#room = parts.window;
    this.stderr = new Readable({ autoDestroy: false, emitClose: false, read: () => this.#wasRead("stderr") });
  }

  /** A message from the host about this channel. */
  receive(kind: number, message: MessageReader): void {
    if (kind === SSH.data) this.#take("stdout", message.bytes());
    else if (kind === SSH.extendedData) this.#takeExtended(message);
    else if (kind === SSH.windowAdjust) this.#flush(message.number());
    else if (kind === SSH.eof) this.#endOutput();
    else if (kind === SSH.request) this.#answer(message);
    else if (kind === SSH.close) {
      this.close();
      this.over();
    }
  }

  /** Nothing more will come or go: the host has closed it, or the link is gone. */
  over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#endOutput();
    this.#flush();
    this.emit("close");
  }

  close(): void {
    if (this.#closeSent) return;
    this.#send(sshMessage(SSH.close, this.#parts.remote));
    this.#closeSent = true;
  }

  sendSignal(name: string): void {
    this.request("signal", false, name);
  }

  request(type: string, wantsReply: boolean, ...fields: readonly (string | number | Uint8Array)[]): void {
    this.#send(sshMessage(SSH.request, this.#parts.remote, type, { byte: wantsReply ? 1 : 0 }, ...fields));
  }

  override _read(): void {
    this.#wasRead("stdout");
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#pending = { bytes: chunk, done };
    this.#flush();
  }

  override _final(done: () => void): void {
    this.#send(sshMessage(SSH.eof, this.#parts.remote));
    done();
  }

  /** Sends what the host takes, now that it takes `more`. What cannot be sent any more is forgotten. */
  #flush(more = 0): void {
    this.#room += more;
    const pending = this.#pending;
    if (pending === undefined) return;
    const { remote, packet } = this.#parts;
    while (!this.#isOver && pending.bytes.length > 0 && this.#room > 0) {
      const size = Math.min(pending.bytes.length, this.#room, packet, PACKET);
      this.#send(sshMessage(SSH.data, remote, pending.bytes.subarray(0, size)));
      pending.bytes = pending.bytes.subarray(size);
      this.#room -= size;
    }
    if (pending.bytes.length > 0 && !this.#isOver) return;
    this.#pending = undefined;
    pending.done();
  }

  #take(name: "stdout" | "stderr", bytes: Buffer): void {
    const stream = name === "stdout" ? this : this.stderr;
    if (this.#isOver || stream.readableEnded) return;
    if (stream.push(bytes)) this.#giveBack(bytes.length);
    else this.#unread[name] += bytes.length;
  }

  /** There is but one kind: stderr. */
  #takeExtended(message: MessageReader): void {
    message.number();
    this.#take("stderr", message.bytes());
  }

  #wasRead(name: "stdout" | "stderr"): void {
    const bytes = this.#unread[name];
    this.#unread[name] = 0;
    if (bytes > 0) this.#giveBack(bytes);
  }

  /** The host may send as much again; said seldom, since each time is a packet. */
  #giveBack(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit < WINDOW / 2) return;
    this.#send(sshMessage(SSH.windowAdjust, this.#parts.remote, this.#credit));
    this.#credit = 0;
  }

  #endOutput(): void {
    this.push(null);
    this.stderr.push(null);
  }

  #answer(message: MessageReader): void {
    const type = message.text();
    const wantsReply = message.byte() === 1;
    if (type === "exit-status") this.emit("exit", message.number());
    if (type === "exit-signal") this.emit("exit", null, `SIG${message.text()}`);
    // sshd asks this way whether we are still there (ClientAliveInterval): any answer will do.
    if (wantsReply) this.#send(sshMessage(SSH.failure, this.#parts.remote));
  }

  #send(message: Buffer): void {
    if (!this.#closeSent && !this.#isOver) this.#parts.send(message);
  }
}
