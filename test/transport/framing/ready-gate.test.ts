import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReadyGate } from "../../../src/transport/framing/ready-gate.ts";

describe("createReadyGate", () => {
  it("opens once at the word, and takes it out, however the stream is cut", () => {
    const text = "motd @fake:rea\r\n@fake:ready\r\n@fake:0 S 0 @fake:ready\n";
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (sizes) => {
        let opened = 0;
        const gate = createReadyGate("@fake:ready", () => opened++);
        let passed = "";
        for (let at = 0, turn = 0; at < text.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          passed += gate(Buffer.from(text.slice(at, at + size))).toString();
          at += size;
        }
        expect(opened).toBe(1);
        expect(passed).toBe("motd @fake:rea\r\n@fake:0 S 0 @fake:ready\n");
      }),
    );
  });

  it("stays shut without the word", () => {
    const gate = createReadyGate("@fake:ready", () => expect.unreachable());
    expect(gate(Buffer.from("stty: not a terminal, really")).toString()).toBe("stty: not a termin");
  });
});
