import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cursor } from "../../src/process/expect.ts";
import { LINE_LENGTH } from "../../src/process/line-splitter.ts";
import type { Keep, OutputEvent } from "../../src/process/output.ts";
import { TAIL_LENGTH } from "../../src/transport/output.ts";
import { cut, cuts } from "./cut.ts";
import { someOutput, textOf } from "./some-output.ts";

describe("what is held", () => {
  it.each<readonly [Keep, number, boolean]>([
    ["all", 200_000, false],
    ["tail", TAIL_LENGTH, true],
    ["none", 0, true],
  ])("is as much as was asked for: %s", (keep, length, truncated) => {
    const { output, say } = someOutput(keep);
    expect([output.text, output.truncated, output.hasEnded]).toEqual(["", false, false]);
    say("x".repeat(200_000));
    output.end();
    output.end(new Error("again"));
    say("too late");
    expect([output.text.length, output.truncated, output.hasEnded]).toEqual([length, truncated, true]);
  });

  it("can be searched, whatever is kept, with characters put together", async () => {
    const { output } = someOutput("none");
    const match = new Cursor(output).expect("grüße");
    for (const byte of Buffer.from("viele grüße")) output.push(Uint8Array.of(byte));
    expect(await match).toMatchObject({ before: "viele " });
    const half = new Cursor(output).expect("\ufffd");
    output.push(Uint8Array.of(0xc3));
    output.end();
    expect(await half).toMatchObject({ text: "\ufffd" });
  });

  it("is forgotten for another beginning, and who listens goes on", async () => {
    const { output, say } = someOutput();
    const heard: string[] = [];
    output.onText((event) => heard.push(textOf(event)));
    output.push(Uint8Array.of(0x61, 0xc3));
    output.end();
    output.reset();
    expect([output.text, output.truncated, output.hasEnded]).toEqual(["", false, false]);
    say("b");
    expect(await new Cursor(output).expect(/.*/, { timeout: 0 })).toMatchObject({ text: "b", before: "", skipped: 0 });
    output.end();
    expect(heard).toEqual(["a", "\ufffd", "END", "b", "END"]);
  });
});

describe("handlers", () => {
  it("hear what comes from now on, and of the end and its reason, until they are removed", async () => {
    const { output, say } = someOutput();
    const heard: OutputEvent[] = [];
    const [removed, late]: [string[], string[]] = [[], []];
    say("before");
    output.onText((event) => heard.push(event));
    const remove = output.onText((event) => removed.push(textOf(event)));
    say("one");
    remove();
    const error = new Error("lost");
    output.end(error);
    const told = { stream: "stdout", eof: false, error: undefined };
    expect(heard).toEqual([
      { ...told, text: "one" },
      { ...told, text: "", eof: true, error },
    ]);
    expect(removed).toEqual(["one"]);
    output.onText((event) => late.push(textOf(event)));
    output.onLine((event) => late.push(textOf(event)))();
    expect(late).toEqual([]);
    await turn();
    expect(late).toEqual(["END"]);
  });

  it("hear lines without what ends them, the last unfinished one at the end", () => {
    const { output, say } = someOutput();
    const heard: string[] = [];
    say("be");
    output.onLine((event) => heard.push(textOf(event)));
    for (const text of ["fore\na", "b\r", "\n\nc\rd\n", "e\r\n\r\nlast\r"]) say(text);
    expect(heard).toEqual(["fore", "ab", "", "c\rd", "e", ""]);
    output.end();
    expect(heard.slice(6)).toEqual(["last\r", "END"]);
  });

  it("hear the same lines however they are cut", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "\n", "\r", "\r\n", "\u{1f600}"), maxLength: 40 });
    fc.assert(
      fc.property(text, cuts, (whole, sizes) => {
        const { output } = someOutput();
        const heard: string[] = [];
        output.onLine(({ text, eof }) => eof || heard.push(text));
        for (const piece of cut(Buffer.from(whole), sizes)) output.push(piece);
        output.end();
        const lines = whole.split("\n");
        const last = lines.pop();
        expect(heard).toEqual([...lines.map((line) => line.replace(/\r$/, "")), ...(last ? [last] : [])]);
      }),
    );
  });

  it("get a line that does not end in pieces, none of them with half a character", () => {
    const { output, say } = someOutput("none");
    const heard: string[] = [];
    output.onLine((event) => heard.push(textOf(event)));
    say(`x${"\u{1f600}".repeat(LINE_LENGTH)}\n`);
    say(`${"y".repeat(LINE_LENGTH)}\r`);
    say("\n");
    for (let n = 0; n < 20; n++) say("z".repeat(LINE_LENGTH / 8));
    expect(heard.map(({ length }) => length)).toEqual([LINE_LENGTH - 1, LINE_LENGTH, 2, LINE_LENGTH, LINE_LENGTH, LINE_LENGTH]);
    expect(heard[1]).toMatch(/^\u{1f600}+$/u);
  });

  it("harm nothing when they fail, one after the other or later", async () => {
    const { output, errors, say } = someOutput();
    const heard: string[] = [];
    output.onText(() => {
      throw new Error("at once");
    });
    output.onLine(async () => {
      throw new Error("later");
    });
    output.onText((event) => heard.push(textOf(event)));
    say("a\n");
    await turn();
    expect(heard).toEqual(["a\n"]);
    expect(errors).toEqual([new Error("at once"), new Error("later")]);
  });

  it("may come and go while others are told", () => {
    const { output, say } = someOutput();
    const heard: string[] = [];
    const removers: (() => void)[] = [];
    output.onText(({ text }) => {
      for (const remove of removers.splice(0)) remove();
      output.onText((event) => heard.push(`new ${event.text}`));
      heard.push(text);
    });
    removers.push(output.onText(() => heard.push("removed")));
    say("1");
    say("2");
    expect(heard).toEqual(["1", "2", "new 2"]);
  });

  it("get no line more when they are removed in the middle of several", () => {
    const { output, say } = someOutput();
    const heard: string[] = [];
    const remove = output.onLine(({ text }) => {
      heard.push(text);
      remove();
    });
    say("a\nb\n");
    output.end();
    expect(heard).toEqual(["a"]);
  });
});
