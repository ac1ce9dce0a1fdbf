import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMessageSplitter, muxMessage } from "../../../src/transport/openssh/mux-wire.ts";

describe("messages to and from a master", () => {
  it("are written as PROTOCOL.mux says", () => {
    expect(muxMessage(1, 4).toString("hex")).toBe("00000008" + "00000001" + "00000004");
  });

  it("come back as they went, however the stream is cut", () => {
    const number = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(fc.array(fc.tuple(number, fc.array(number))), fc.integer({ min: 1, max: 50 }), (messages, size) => {
        const bytes = Buffer.concat(messages.map(([kind, fields]) => muxMessage(kind, ...fields)));
        const got: Buffer[] = [];
        const split = createMessageSplitter((message) => got.push(message));
        for (let at = 0; at < bytes.length; at += size) split(bytes.subarray(at, at + size));
        const numbers = got.map((message) => Array.from({ length: message.length / 4 }, (_, at) => message.readUInt32BE(4 * at)));
        expect(numbers).toEqual(messages.map(([kind, fields]) => [kind, ...fields]));
      }),
    );
  });

  it("that lie about their length are refused", () => {
    expect(() => createMessageSplitter(() => undefined)(Buffer.from([255, 255, 255, 255]))).toThrow(RangeError);
  });
});
