import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createMessageSplitter,
  type Field,
  MessageReader,
  muxMessage,
  SSH,
  sshMessage,
} from "../../../src/transport/openssh/mux-wire.ts";

describe("messages to and from a master", () => {
  it("are written as PROTOCOL.mux and RFC 4254 say", () => {
    expect(muxMessage(1, 4).toString("hex")).toBe("00000008" + "00000001" + "00000004");
    expect(sshMessage(SSH.request, 7, "exec", { byte: 1 }, "ls").toString("hex")).toBe(
      "00000015" + "00" + "62" + "00000007" + "0000000465786563" + "01" + "000000026c73",
    );
  });

  it("come back as they went, however the stream is cut", () => {
    const field = fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), fc.string(), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(fc.array(field)), fc.integer({ min: 1, max: 50 }), (messages, size) => {
        const bytes = Buffer.concat(messages.map((fields) => sshMessage(SSH.data, ...(fields as Field[]))));
        const got: Buffer[] = [];
        const split = createMessageSplitter((message) => got.push(message));
        for (let at = 0; at < bytes.length; at += size) split(bytes.subarray(at, at + size));
        expect(got.length).toBe(messages.length);
        messages.forEach((fields, index) => {
          const reader = new MessageReader(got[index] ?? Buffer.alloc(0));
          expect([reader.byte(), reader.byte()]).toEqual([0, SSH.data]);
          for (const one of fields) {
            if (typeof one === "number") expect(reader.number()).toBe(one);
            else expect(reader.bytes()).toEqual(Buffer.from(one));
          }
        });
      }),
    );
  });

  it("that lie about their length are refused, and nothing is read past an end", () => {
    expect(() => createMessageSplitter(() => undefined)(Buffer.from([255, 255, 255, 255]))).toThrow(RangeError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const reader = new MessageReader(Buffer.from(bytes));
        try {
          for (;;) reader.bytes();
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});
