import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { MemoryProgram } from "../../../src/transport/memory/channel.ts";
import { isAlive } from "../../support/alive.ts";
import type { ContractCase } from "./case.ts";
import { gone, outputs, sh, until } from "./support.ts";

const READS = 'read -r line; echo "it\'s $line"; echo err >&2; exit 4';
const TICKS = "echo ready; while :; do echo tick; echo tick >&2; sleep 0.05; done";
const CATCHES = "trap 'exit 9' USR1; echo ready; while :; do sleep 0.05; done";

const forever: MemoryProgram = ({ stdout }) => {
  stdout.write("ready\n");
  return new Promise(() => undefined);
};

/** Reads until the process says that it is there, and goes on reading. */
async function ready(stdout: Readable): Promise<void> {
  let said = "";
  stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until(() => said.includes("ready\n"));
}

export const outliveCases: readonly ContractCase[] = [
  {
    title: "do what others do as long as we are there",
    programs: {
      async [READS]({ stdin, stdout, stderr }) {
        for await (const line of stdin) stdout.write(`it's ${line}`);
        stderr.write("err\n");
        return 4;
      },
      [CATCHES]: ({ stdout, onSignal }) => {
        stdout.write("ready\n");
        return new Promise((resolve) => onSignal((name) => resolve(name === "SIGUSR1" ? 9 : 1)));
      },
    },
    async run({ connection }) {
      const channel = await connection.open({ script: READS, outlive: true });
      channel.stdin.end("a line\n");
      expect(await Promise.all([text(channel.stdout), text(channel.stderr as Readable)])).toEqual(["it's a line\n", "err\n"]);
      expect(await channel.ended).toMatchObject({ exitCode: 4 });
      const other = await connection.open({ script: CATCHES, outlive: true });
      other.stderr?.resume();
      await ready(other.stdout);
      await other.signal("SIGUSR1");
      expect(await other.ended).toMatchObject({ exitCode: 9 });
    },
  },
  {
    title: "are left alone when they are closed, when they are aborted, and when their connection is closed",
    programs: { [TICKS]: forever },
    async run({ connection, isReal }) {
      const abort = new AbortController();
      const channels = await Promise.all(
        [undefined, abort.signal, undefined].map((signal) => connection.open({ script: TICKS, outlive: true, signal })),
      );
      for (const { stdout, stderr } of channels) {
        stderr?.resume();
        await ready(stdout);
      }
      channels[0]?.close();
      abort.abort();
      expect(outputs(await connection.flight([sh("true")], {}))).toEqual([""]);
      await connection.close();
      expect(await channels[2]?.ended).toMatchObject({ exitCode: undefined, cause: { code: "CONNECTION_CLOSED" } });
      if (!isReal) return;
      // Longer than the grace time of those that are to end.
      await delay(1500);
      for (const { pid } of channels) {
        expect(isAlive(pid)).toBe(true);
        process.kill(-pid, "SIGTERM");
        await gone(pid);
      }
    },
  },
  {
    title: "have no terminal",
    async run({ connection }) {
      const terminal = { type: "vt100", columns: 80, rows: 24 };
      await expect(connection.open({ script: "true", outlive: true, terminal })).rejects.toMatchObject({
        code: "OUTLIVE_TERMINAL",
      });
    },
  },
];
