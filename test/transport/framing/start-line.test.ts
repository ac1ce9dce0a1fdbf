import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StartLine } from "../../../src/transport/framing/start-line.ts";

describe("the first line of a process", () => {
  it("is taken out once, and tells what was before it from what is behind, however the stream is cut", () => {
    const text = "motd @fake:0 4\r@fake:0 12x\r\n@fake:0 42\r\n@fake:0 43\n";
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (sizes) => {
        const line = new StartLine("@fake:0");
        const passed = { before: "", behind: "" };
        for (let at = 0, turn = 0; at < text.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          const { before, behind } = line.push(Buffer.from(text.slice(at, at + size)));
          passed.before += before.toString();
          passed.behind += behind.toString();
          at += size;
        }
        expect(line.pid).toBe(42);
        expect(passed).toEqual({ before: "motd @fake:0 4\r@fake:0 12x\r\n", behind: "@fake:0 43\n" });
      }),
    );
  });

  it("that does not come leaves all as it is", () => {
    const line = new StartLine("@fake:0");
    const { before, behind } = line.push(Buffer.from("stty: not a terminal, really @fa"));
    expect([before.toString(), behind.toString(), line.end().toString(), line.pid]).toEqual([
      "stty: not a terminal, really ",
      "",
      "@fa",
      undefined,
    ]);
  });
});
