import { Duplex, Readable, Writable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { describe, expect, it } from "vitest";
import { boundStreams } from "../../../../src/transport/ssh/session/ssh2-channel.ts";

describe("the input of a process", () => {
  it("waits for the link, though the server would take more", async () => {
    let release: () => void = () => undefined;
    const link = new Writable({
      highWaterMark: 10,
      write(_chunk, _encoding, done) {
        release = done;
      },
    });
    // As ssh2 has it: what the window has room for is handed to the link at once.
    const channel = new Duplex({
      read: () => undefined,
      write(chunk: Buffer, _encoding, done) {
        link.write(chunk);
        done();
      },
    });
    Object.assign(channel, { _client: { _sock: link }, stderr: new Readable({ read: () => undefined }) });
    boundStreams(channel as unknown as ClientChannel);
    const taken: number[] = [];
    for (const piece of [1, 2, 3]) channel.write(Buffer.alloc(100), () => taken.push(piece));
    await new Promise(setImmediate);
    expect([taken, link.writableLength]).toEqual([[1], 100]);
    release();
    await new Promise(setImmediate);
    expect([taken, link.writableLength]).toEqual([[1, 2], 100]);
    release();
    await new Promise(setImmediate);
    expect(taken).toEqual([1, 2, 3]);
  });
});
