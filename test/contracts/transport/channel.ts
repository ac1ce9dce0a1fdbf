import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { expect } from "vitest";
import type { MemoryProgram } from "../../../src/transport/memory/channel.ts";
import type { ContractCase } from "./case.ts";
import { gone, outputs, sh, until } from "./support.ts";

const everyByte = Buffer.from(Array.from({ length: 1024 * 1024 }, (_, index) => (index * 7 + (index >> 8)) % 256));

/** Most bytes that may lie on this side, unread: some megabytes may travel ahead. */
const MOST = 8 * 1024 * 1024;
const MUCH = 40 * 1024 * 1024;

async function bytesOf(stream: Readable | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Reads slowly, to the end. */
async function measure(stream: Readable | undefined): Promise<{ readonly bytes: number; readonly most: number }> {
  let bytes = 0;
  let most = 0;
  for await (const chunk of stream ?? []) {
    bytes += (chunk as Buffer).length;
    most = Math.max(most, stream?.readableLength ?? 0);
    await setImmediate();
  }
  return { bytes, most };
}

/** Reads until the text has come. Who is done with a stream that is read like this leaves it open. */
function comes(stream: Readable, text: string): Promise<void> {
  let seen = "";
  return new Promise((resolve) => {
    stream.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes(text)) resolve();
    });
  });
}

const pour =
  (output: "stdout" | "stderr"): MemoryProgram =>
  async (process) => {
    const block = Buffer.alloc(1024 * 1024);
    for (let sent = 0; sent < MUCH; sent += block.length)
      if (!process[output].write(block)) await new Promise((resolve) => process[output].once("drain", resolve));
    return 0;
  };

const forever: MemoryProgram = ({ stdout }) => {
  stdout.write("ready\n");
  return new Promise(() => undefined);
};

const WAITS = "echo ready; exec sleep 1000";
const BOTH = "i=0; while [ $i -lt 40 ]; do head -c 1048576 /dev/zero; echo $i >&2; i=$((i + 1)); done";

export const channelCases: readonly ContractCase[] = [
  {
    title: "carry every byte both ways",
    programs: {
      async cat({ stdin, stdout }) {
        for await (const chunk of stdin) stdout.write(chunk);
        return 0;
      },
    },
    async run({ connection }) {
      const channel = await connection.open({ script: "cat" });
      channel.stdin.end(everyByte);
      expect((await bytesOf(channel.stdout)).equals(everyByte)).toBe(true);
      expect(await channel.ended).toMatchObject({ exitCode: 0, signal: undefined });
    },
  },
  {
    title: "keep the outputs apart, and tell how the process ended",
    programs: {
      "echo 'it''s out'; echo err >&2; exit 4"({ stdout, stderr }) {
        stdout.write("its out\n");
        stderr.write("err\n");
        return 4;
      },
    },
    async run({ connection }) {
      const channel = await connection.open({ script: "echo 'it''s out'; echo err >&2; exit 4" });
      const [out, err] = await Promise.all([bytesOf(channel.stdout), bytesOf(channel.stderr)]);
      expect([out.toString(), err.toString()]).toEqual(["its out\n", "err\n"]);
      expect(await channel.ended).toMatchObject({ exitCode: 4, signal: undefined });
    },
  },
  {
    title: "bring no more than is read of stdout",
    programs: { "head -c 41943040 /dev/zero": pour("stdout") },
    async run({ connection }) {
      const { bytes, most } = await measure((await connection.open({ script: `head -c ${MUCH} /dev/zero` })).stdout);
      expect(bytes).toBe(MUCH);
      expect(most).toBeLessThan(MOST);
    },
  },
  {
    title: "bring no more than is read of stderr",
    programs: { "head -c 41943040 /dev/zero >&2": pour("stderr") },
    async run({ connection }) {
      const { bytes, most } = await measure((await connection.open({ script: `head -c ${MUCH} /dev/zero >&2` })).stderr);
      expect(bytes).toBe(MUCH);
      expect(most).toBeLessThan(MOST);
    },
  },
  {
    title: "bring no more of one output because the other is read",
    programs: {
      async [BOTH]({ stdout, stderr }) {
        for (let count = 0; count < 40; count++) {
          const isFull = !stdout.write(Buffer.alloc(1024 * 1024));
          stderr.write(`${count}\n`);
          if (isFull) await new Promise((resolve) => stdout.once("drain", resolve));
        }
        return 0;
      },
    },
    async run({ connection }) {
      const channel = await connection.open({ script: BOTH });
      let most = 0;
      const look = (): void => {
        most = Math.max(most, channel.stdout.readableLength);
      };
      channel.stderr?.on("data", look);
      // Somebody looks, and does not read.
      await new Promise((resolve) => channel.stdout.once("readable", resolve));
      for (let flight = 0; flight < 20; flight++) await connection.flight([sh("true")], {}).then(look);
      expect(most).toBeLessThan(MOST);
      expect((await bytesOf(channel.stdout)).length).toBe(40 * 1024 * 1024);
    },
  },
  {
    title: "pass signals on to the process group, whose leader they name",
    programs: {
      "trap 'exit 9' USR1; echo $$; while :; do sleep 0.05; done": ({ stdout, onSignal }) => {
        stdout.write("2\n");
        return new Promise((resolve) => onSignal((name) => resolve(name === "SIGUSR1" ? 9 : 1)));
      },
      [WAITS]: forever,
    },
    async run({ connection }) {
      const channel = await connection.open({ script: "trap 'exit 9' USR1; echo $$; while :; do sleep 0.05; done" });
      await comes(channel.stdout, `${channel.pid}\n`);
      await channel.signal("SIGUSR1");
      expect(await channel.ended).toMatchObject({ exitCode: 9, signal: undefined });
      const other = await connection.open({ script: WAITS });
      await comes(other.stdout, "ready\n");
      await other.signal("SIGTERM");
      expect(await other.ended).toMatchObject({ exitCode: 143, signal: "SIGTERM" });
      await other.signal("SIGTERM");
    },
  },
  {
    title: "give a terminal of the type and size that is asked for, and another size later",
    programs: {
      async "stty size; echo $TERM; read -r _; stty size"({ stdin, stdout, terminal }) {
        const say = (): void => void stdout.write(`${terminal()?.rows} ${terminal()?.columns}\r\n`);
        say();
        stdout.write("vt100\r\n");
        for await (const _ of stdin) break;
        say();
        return 0;
      },
    },
    async run({ connection }) {
      const script = "stty size; echo $TERM; read -r _; stty size";
      const channel = await connection.open({ script, terminal: { type: "vt100", columns: 123, rows: 45 } });
      expect(channel.stderr).toBeUndefined();
      let seen = "";
      channel.stdout.on("data", (chunk: Buffer) => {
        seen += chunk.toString();
      });
      await until(() => seen.includes("45 123\r\nvt100\r\n"));
      await channel.resize({ columns: 80, rows: 24 });
      channel.stdin.write("go\n");
      await until(() => seen.includes("24 80\r\n"));
      expect((await channel.ended).exitCode).toBe(0);
    },
  },
  {
    title: "hang up on the process when they are closed",
    programs: { [WAITS]: forever },
    async run({ connection, isReal }) {
      const channel = await connection.open({ script: WAITS });
      await comes(channel.stdout, "ready\n");
      channel.close();
      expect(await channel.ended).not.toMatchObject({ exitCode: 0 });
      if (isReal) await gone(channel.pid);
      expect(outputs(await connection.flight([sh("true")], {}))).toEqual([""]);
    },
  },
  {
    title: "end with an abort, before and after they are open",
    programs: { [WAITS]: forever },
    async run({ connection, directory, isReal }) {
      await expect(
        connection.open({ script: `echo >${directory}/ran`, signal: AbortSignal.abort(new Error("not wanted")) }),
      ).rejects.toThrow("not wanted");
      const abort = new AbortController();
      const channel = await connection.open({ script: WAITS, signal: abort.signal });
      await comes(channel.stdout, "ready\n");
      abort.abort();
      expect(await channel.ended).not.toMatchObject({ exitCode: 0 });
      if (isReal) await gone(channel.pid);
      expect(existsSync(join(directory, "ran"))).toBe(false);
    },
  },
  {
    title: "end with their connection, and know no exit code",
    programs: { [WAITS]: forever },
    async run({ connection, isReal }) {
      const channel = await connection.open({ script: WAITS });
      await comes(channel.stdout, "ready\n");
      await connection.close();
      if (isReal) await gone(channel.pid);
      expect([undefined, 129, 143]).toContain((await channel.ended).exitCode);
      await expect(connection.open({ script: WAITS })).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    },
  },
  {
    title: "a channel is there when signals reach what it runs: one that comes at once is not lost",
    programs: { [WAITS]: forever },
    async run({ connection, isReal }) {
      if (!isReal) return;
      for (let time = 0; time < 10; time++) {
        const { pid, ended, stdout } = await connection.open({ script: WAITS });
        stdout.resume();
        // Nothing is faster than who is on the host already.
        process.kill(-pid, "SIGTERM");
        expect(await ended).toMatchObject({ signal: "SIGTERM" });
      }
    },
  },
];
