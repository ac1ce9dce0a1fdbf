import { Readable, Writable } from "node:stream";
import { expect } from "vitest";
import { Secret } from "../../../src/command/secret.ts";
import type { ContractCase } from "./case.ts";
import { recorder, sh } from "./support.ts";

const everyByte = Buffer.from(Array.from({ length: 256 * 1024 }, (_, index) => index % 256));

/** Takes chunks one turn of the event loop after the other; knows how much it was ever made to hold. */
function slowSink(): { readonly sink: Writable; bytes: number; held: number } {
  const state = {
    bytes: 0,
    held: 0,
    sink: new Writable({
      highWaterMark: 16 * 1024,
      write(chunk: Buffer, _encoding, done) {
        state.bytes += chunk.length;
        state.held = Math.max(state.held, this.writableLength);
        setImmediate(done);
      },
    }),
  };
  return state;
}

function collect(): { readonly sink: Writable; readonly chunks: Buffer[] } {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { sink, chunks };
}

export const execCases: readonly ContractCase[] = [
  {
    title: "sends text, bytes, a secret or a stream as standard input",
    answers: { cat: ({ stdin }) => ({ stdout: stdin ?? "" }) },
    async run({ connection }) {
      const inputs = ["text \u20ac", Buffer.from("bytes"), new Secret("hidden"), Readable.from(["in ", "parts"])];
      const results = await Promise.all(inputs.map((stdin) => connection.exec(sh("cat", { stdin }), {})));
      expect(results.map(({ stdout, status }) => [stdout, status])).toEqual(
        ["text \u20ac", "bytes", "hidden", "in parts"].map((text) => [text, "ok"]),
      );
    },
  },
  {
    title: "passes every byte from standard input to a raw sink",
    answers: { cat: ({ stdin }) => ({ stdout: stdin ?? "" }) },
    async run({ connection }) {
      const { sink, chunks } = collect();
      const { events, onEvent } = recorder();
      const result = await connection.exec(sh("cat", { stdin: everyByte }), { stdout: sink, onEvent });
      expect(result).toMatchObject({ status: "ok", stdout: "", truncated: false });
      expect(Buffer.concat(chunks).equals(everyByte)).toBe(true);
      expect(events.map(({ kind }) => kind)).toEqual(["started", "finished"]);
    },
  },
  {
    title: "gives standard input at its end where there is none",
    answers: { "cat; echo end": { stdout: "end\n" } },
    async run({ connection }) {
      expect((await connection.exec(sh("cat; echo end"), {})).stdout).toBe("end\n");
    },
  },
  {
    title: "reports exit code and stderr beside a raw sink",
    answers: { "echo out; echo err >&2; exit 4": { stdout: "out\n", stderr: "err\n", exitCode: 4 } },
    async run({ connection }) {
      const { sink, chunks } = collect();
      const result = await connection.exec(sh("echo out; echo err >&2; exit 4"), { stdout: sink });
      expect(result).toMatchObject({ status: "failed", exitCode: 4, stderr: "err\n", stdout: "" });
      expect(Buffer.concat(chunks).toString()).toBe("out\n");
    },
  },
  {
    title: "reads no faster than a raw sink takes it",
    async run({ connection }) {
      const state = slowSink();
      const result = await connection.exec(sh("yes | head -c 20000000"), { stdout: state.sink });
      expect(result.status).toBe("ok");
      expect(state.bytes + state.sink.writableLength).toBeGreaterThanOrEqual(20_000_000);
      expect(state.held).toBeLessThan(1_000_000);
    },
  },
  {
    title: "fails, and ends the command, when the sink does",
    answers: { "yes no": { stdout: "no\n" } },
    async run({ connection }) {
      const sink = new Writable({ write: (_chunk, _encoding, done) => done(new Error("disk full")) });
      sink.on("error", () => {});
      const result = await connection.exec(sh("yes no"), { stdout: sink });
      expect(result.status).toBe("failed");
      expect(result.cause?.message).toBe("disk full");
    },
  },
  {
    title: "fails, and ends the command, when its input does",
    answers: { "cat >copy; echo complete": { stdout: "complete\n" } },
    async run({ connection, directory }) {
      const input = Readable.from(
        (async function* () {
          yield "begin";
          throw new Error("unreadable");
        })(),
      );
      const result = await connection.exec(sh("cat >copy; echo complete", { stdin: input, cwd: directory }), {});
      expect(result.status).toBe("failed");
      expect(result.cause?.message).toBe("unreadable");
      expect(result.stdout).toBe("");
    },
  },
  {
    title: "minds no command that leaves its input unread",
    async run({ connection }) {
      const big = Buffer.alloc(4 * 1024 * 1024, "x");
      expect(await connection.exec(sh("head -c 1", { stdin: big }), {})).toMatchObject({ status: "ok", stdout: "x" });
      const endless = Readable.from(
        (function* () {
          while (true) yield Buffer.alloc(64 * 1024, "y");
        })(),
      );
      expect(await connection.exec(sh("head -c 2", { stdin: endless }), {})).toMatchObject({ status: "ok", stdout: "yy" });
    },
  },
  {
    title: "gives a command a terminal when it is asked to",
    async run({ connection }) {
      const result = await connection.exec(sh("test -t 0 && test -t 1 && test -t 2 && echo terminal; exit 6", { pty: true }), {});
      expect(result).toMatchObject({ status: "failed", exitCode: 6, stderr: "" });
      expect(result.stdout.replaceAll("\r", "")).toBe("terminal\n");
    },
  },
  {
    title: "ends a command on a terminal when its time is up",
    async run({ connection }) {
      const result = await connection.exec(sh("echo begun; sleep 1000", { pty: true, timeout: 1000 }), {});
      expect(result.status).toBe("timed-out");
      expect(result.stdout).toContain("begun");
    },
  },
];
