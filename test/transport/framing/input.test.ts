import { once } from "node:events";
import { PassThrough } from "node:stream";
import { setImmediate as tick } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { feedInput } from "../../../src/transport/framing/input.ts";

function feed() {
  const [stdin, source] = [new PassThrough(), new PassThrough()];
  const errors: string[] = [];
  feedInput(stdin, source, { terminal: false, onError: ({ message }) => errors.push(message) });
  return { stdin, source, errors };
}

describe("a stream as standard input", () => {
  it("is let go of, and no error, when the process has closed its end first: it did not want all of it", async () => {
    const { stdin, source, errors } = feed();
    source.write("some");
    stdin.destroy();
    await once(source, "close");
    await tick();
    expect([source.destroyed, errors]).toEqual([true, []]);
  });

  it("is an error when it is closed before its end: what came must not be taken for all", async () => {
    const { stdin, source, errors } = feed();
    source.write("some");
    source.destroy();
    await once(source, "close");
    await tick();
    expect([stdin.writableEnded, errors]).toEqual([false, ["The stream given as standard input was closed before its end."]]);
  });

  it("ends the input where it ends", async () => {
    const { stdin, source, errors } = feed();
    source.end("all");
    await once(stdin, "finish");
    expect([stdin.read()?.toString(), errors]).toEqual(["all", []]);
  });
});
