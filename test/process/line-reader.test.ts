import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { someOutput } from "./some-output.ts";

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

describe("lines to iterate over", () => {
  it("are those that are held and those that come", async () => {
    const { output, say } = someOutput();
    say("held\nsta");
    const lines = all(output.lines());
    await turn();
    say("rted\r\n");
    await turn();
    say("unfinished");
    output.end();
    expect(await lines).toEqual(["held", "started", "unfinished"]);
    expect(await all(output.lines())).toEqual(["held", "started", "unfinished"]);
  });

  it("are whole where much has come at once", async () => {
    const { output, say } = someOutput();
    const lines = Array.from({ length: 20_000 }, (_, n) => `line ${n}`);
    say(lines.join("\r\n"));
    output.end();
    expect(await all(output.lines())).toEqual(lines);
  });

  it("begin with the first whole one, where the beginning is gone", async () => {
    const { output, say } = someOutput("tail");
    for (let n = 0; n < 20_000; n++) say(`line ${n}\n`);
    output.end();
    const lines = await all(output.lines());
    expect(lines).toEqual(Array.from({ length: lines.length }, (_, n) => `line ${n + 20_000 - lines.length}`));
    const { output: none, say: sayMore } = someOutput("none");
    sayMore("gone\n");
    const more = all(none.lines());
    await turn();
    sayMore("a\n");
    none.end();
    expect(await more).toEqual(["a"]);
  });

  it("hold up the process while their reader is behind, and are all there", async () => {
    const { output, say } = someOutput("none");
    const reader = output.lines()[Symbol.asyncIterator]();
    const first = reader.next();
    say("0\n");
    expect(await first).toEqual({ value: "0", done: false });
    expect(output.isFull).toBe(false);
    let drains = 0;
    for (let n = 1; n <= 100_000; n++) say(`${n}\n`);
    expect(output.isFull).toBe(true);
    output.onDrain(() => drains++);
    let next = 1;
    while (next < 90_000 && (await reader.next()).value === String(next)) next++;
    expect([next, output.isFull, drains]).toEqual([90_000, false, 1]);
    output.end();
    while ((await reader.next()).value === String(next)) next++;
    expect(next).toBe(100_001);
  });

  it("hold up nothing when their reader is gone", async () => {
    const { output, say } = someOutput();
    let drains = 0;
    say("x\n");
    for await (const line of output.lines()) {
      expect(line).toBe("x");
      say("x\n".repeat(200_000));
      output.onDrain(() => drains++);
      if (output.isFull) break;
    }
    expect([output.isFull, drains]).toEqual([false, 1]);
  });
});
