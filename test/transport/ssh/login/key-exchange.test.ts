import { Duplex } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { joinKeyExchange } from "../../../../src/transport/ssh/login/key-exchange.ts";

/** A client that answers each of the server's words in turn, and what of it went out together. */
function talk(...answers: readonly string[]): { hear(words: string): Promise<void>; readonly sent: string[] } {
  const sent: string[] = [];
  const stream = new Duplex({
    read: () => undefined,
    writev(chunks, done) {
      sent.push(chunks.map(({ chunk }) => String(chunk)).join("+"));
      done();
    },
  });
  joinKeyExchange(stream);
  let heard = 0;
  stream.on("data", () => stream.write(answers[heard++] ?? ""));
  return {
    sent,
    async hear(words) {
      stream.push(words);
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

describe("joinKeyExchange", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("sends our list together with our key when the server's list comes soon", async () => {
    const { hear, sent } = talk("list", "key", "more");
    await hear("SSH-2.0-OpenSSH_9.2\r\n");
    expect(sent).toEqual([]);
    await hear("its list");
    expect(sent).toEqual(["list+key"]);
    await hear("its key");
    expect(sent).toEqual(["list+key", "more"]);
  });

  it("sends it alone to a server that takes its time", async () => {
    const { hear, sent } = talk("list", "key");
    await hear("SSH-2.0-OpenSSH_9.2\r\n");
    await vi.advanceTimersByTimeAsync(10);
    expect(sent).toEqual(["list"]);
    await hear("its list");
    expect(sent).toEqual(["list", "key"]);
  });

  it("waits for nothing when the server's list came with its name", async () => {
    const { hear, sent } = talk("list and key");
    await hear("SSH-2.0-OpenSSH_9.2\r\nits list\n");
    expect(sent).toEqual(["list and key"]);
  });
});
