import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { someOutput } from "./some-output.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "output-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("what is written elsewhere", () => {
  it("is each byte, to a file that is emptied at once and closed at the end", async () => {
    const { output, errors } = someOutput("none");
    const file = join(folder, "log");
    writeFileSync(file, "old text");
    output.writeTo(file);
    await expect.poll(() => readFileSync(file, "utf8"), { timeout: 20_000 }).toBe("");
    const bytes = Buffer.from([0, 0xff, 0xc3, 10, 65]);
    for (const byte of bytes) output.push(Uint8Array.of(byte));
    output.end();
    expect(await output.written()).toBeUndefined();
    expect(readFileSync(file)).toEqual(bytes);
    output.reset();
    expect(readFileSync(file)).toEqual(bytes);
    output.push(Buffer.from("new"));
    output.end();
    await output.written();
    expect([readFileSync(file, "utf8"), errors]).toEqual(["new", []]);
  });

  it("leaves a stream of the user's open, and nothing in it, however many share it", async () => {
    const stream = new PassThrough();
    const warnings: Error[] = [];
    const warn = (warning: Error): number => warnings.push(warning);
    process.on("warning", warn);
    const outputs = Array.from({ length: 30 }, () => someOutput().output);
    for (const output of outputs) output.writeTo(stream);
    for (const [n, output] of outputs.entries()) output.push(Buffer.from(`${n}\n`));
    for (const output of outputs) output.end();
    await Promise.all(outputs.map((output) => output.written()));
    await turn();
    await turn();
    process.off("warning", warn);
    expect([stream.writableEnded, stream.eventNames(), warnings]).toEqual([false, new PassThrough().eventNames(), []]);
    expect(stream.read().toString()).toBe(outputs.map((_, n) => `${n}\n`).join(""));
  });

  it("holds up the process while a stream is behind", async () => {
    const { output, say } = someOutput();
    let release = (): void => undefined;
    const slow = new Writable({
      highWaterMark: 10,
      write(_chunk, _encoding, done) {
        release = done;
      },
    });
    output.writeTo(slow);
    say("123");
    expect(output.isFull).toBe(false);
    say("a lot of text");
    expect(output.isFull).toBe(true);
    let drains = 0;
    output.onDrain(() => drains++);
    output.onDrain(() => drains++);
    const written = output.written().then(() => "written");
    expect(await Promise.race([written, turn("waits")])).toBe("waits");
    release();
    await turn();
    release();
    expect(await written).toBe("written");
    await turn();
    expect([output.isFull, drains]).toEqual([false, 2]);
    output.onDrain(() => drains++);
    expect(drains).toBe(3);
    slow.destroy();
  });

  it("is not behind any more when a file has taken the last of it", async () => {
    const { output, say } = someOutput("none");
    output.writeTo(join(folder, "large"));
    say("x".repeat(3_000_000));
    output.end();
    expect(output.isFull).toBe(true);
    await new Promise<void>((resolve) => output.onDrain(resolve));
    expect([output.isFull, readFileSync(join(folder, "large")).length]).toEqual([false, 3_000_000]);
  });

  it("may fail, which is told once and holds up nothing", async () => {
    const closed = new PassThrough();
    closed.destroy();
    const ended = new PassThrough();
    ended.end();
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error("broken")) });
    const stuck = new Writable({ highWaterMark: 1, write: () => undefined });
    mkdirSync(join(folder, "directory"));
    const targets = [join(folder, "missing/log"), join(folder, "directory"), closed, ended, broken, stuck];
    const said = [/ENOENT.*missing/, /EISDIR/, /destroyed/, /after end/, /^broken/, /destroyed|was closed before/];
    for (const [index, target] of targets.entries()) {
      const { output, errors, say } = someOutput();
      output.writeTo(target);
      say("one");
      say("two");
      if (target === stuck) {
        expect(output.isFull).toBe(true);
        stuck.destroy();
      }
      await turn();
      output.end();
      expect((await output.written())?.message).toMatch(said[index]!);
      await turn();
      expect([errors.length, output.isFull, output.text]).toEqual([1, false, "onetwo"]);
    }
    expect(existsSync(join(folder, "missing"))).toBe(false);
  });

  it("may fail at the last that is written, which ends nothing else", async () => {
    const { output, errors, say } = someOutput();
    const slow = new Writable({
      write: (_chunk, _encoding, done) => done(new Error("broken")),
      destroy: (error, done) => void setTimeout(() => done(error), 20),
    });
    output.writeTo(slow);
    say("one");
    output.end();
    expect(await output.written()).toEqual(new Error("broken"));
    await new Promise((resolve) => slow.once("close", resolve));
    await turn();
    expect([errors, slow.listenerCount("error")]).toEqual([[new Error("broken")], 0]);
  });

  it("is told of as well when it was asked for after the end", async () => {
    const { output } = someOutput();
    output.end();
    output.writeTo(join(folder, "empty"));
    expect(await output.written()).toBeUndefined();
    expect(readFileSync(join(folder, "empty"), "utf8")).toBe("");
  });
});
