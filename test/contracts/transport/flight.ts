import { expect } from "vitest";
import type { ContractCase } from "./case.ts";
import { outputs, recorder, sh, statuses } from "./support.ts";

export const flightCases: readonly ContractCase[] = [
  {
    title: "gives one result for each command, in order",
    async run({ connection }) {
      const commands = [sh("echo one"), sh("echo two"), sh("echo three")];
      const results = await connection.flight(commands, {});
      expect(results.map(({ command }) => command)).toEqual(commands);
      expect(statuses(results)).toEqual(["ok", "ok", "ok"]);
      expect(results.map(({ exitCode, signal }) => [exitCode, signal])).toEqual(Array(3).fill([0, undefined]));
    },
  },
  {
    title: "runs commands one after the other",
    answers: { "echo two; cat log": { stdout: "two\none\n" } },
    async run({ connection, directory }) {
      const cwd = directory;
      const results = await connection.flight([sh("sleep 0.1; echo one >>log", { cwd }), sh("echo two; cat log", { cwd })], {});
      expect(results[1]?.stdout).toBe("two\none\n");
    },
  },
  {
    title: "makes a flight of nothing",
    async run({ connection }) {
      expect(await connection.flight([], {})).toEqual([]);
    },
  },
  {
    title: "stops at the first failure and skips the rest",
    answers: { "exit 3": { exitCode: 3 } },
    async run({ connection }) {
      const results = await connection.flight([sh("true"), sh("exit 3"), sh("true"), sh("true")], {});
      expect(statuses(results)).toEqual(["ok", "failed", "skipped", "skipped"]);
      expect(results[1]?.exitCode).toBe(3);
      expect(results[2]).toMatchObject({ exitCode: undefined, stdout: "", stderr: "", duration: 0 });
    },
  },
  {
    title: "goes on after a failure that is accepted",
    answers: { false: { exitCode: 1 }, "echo on": { stdout: "on\n" } },
    async run({ connection }) {
      const results = await connection.flight([sh("false", { acceptError: true }), sh("echo on"), sh("false"), sh("true")], {});
      expect(statuses(results)).toEqual(["failed", "ok", "failed", "skipped"]);
      expect(results[1]?.stdout).toBe("on\n");
    },
  },
  {
    title: "reports each command that starts once, and its end once, one command after the other",
    answers: { "exit 1": { exitCode: 1 } },
    async run({ connection }) {
      const { events, onEvent } = recorder();
      const results = await connection.flight([sh("true"), sh("exit 1", { acceptError: true }), sh("true")], { onEvent });
      expect(events.map(({ kind, index }) => `${kind} ${index}`)).toEqual(
        [0, 1, 2].flatMap((index) => [`started ${index}`, `finished ${index}`]),
      );
      expect(events.filter((event) => event.kind === "finished").map(({ result }) => result)).toEqual(results);
    },
  },
  {
    title: "reports output between the start and the end of its command",
    answers: {
      "echo a; echo b >&2": { stdout: "a\n", stderr: "b\n" },
      "echo c >&2; echo d": { stdout: "d\n", stderr: "c\n" },
    },
    async run({ connection }) {
      const { events, onEvent } = recorder();
      await connection.flight([sh("echo a; echo b >&2"), sh("echo c >&2; echo d")], { onEvent });
      expect(events.map(({ kind, index }) => `${kind} ${index}`)).toEqual(
        [0, 1].flatMap((index) => [`started ${index}`, `output ${index}`, `output ${index}`, `finished ${index}`]),
      );
      const text = (stream: string): string =>
        events.map((event) => (event.kind === "output" && event.stream === stream ? event.text : "")).join("");
      expect([text("stdout"), text("stderr")]).toEqual(["a\nd\n", "b\nc\n"]);
    },
  },
  {
    title: "reports output while the command runs",
    answers: { "echo early; sleep 30": { stdout: "early\n", hangs: true } },
    async run({ connection }) {
      const abort = new AbortController();
      const { onEvent, printed } = recorder();
      const flight = connection.flight([sh("echo early; sleep 30")], { onEvent, signal: abort.signal });
      await printed("early\n");
      abort.abort();
      expect((await flight)[0]?.stdout).toBe("early\n");
    },
  },
  {
    title: "reports no event of commands that are skipped",
    answers: { false: { exitCode: 1 } },
    async run({ connection }) {
      const { events, onEvent } = recorder();
      await connection.flight([sh("false"), sh("true")], { onEvent });
      expect(events.filter(({ index }) => index === 1)).toEqual([]);
    },
  },
  {
    title: "skips everything when it is aborted before it starts",
    async run({ connection }) {
      const { events, onEvent } = recorder();
      const results = await connection.flight([sh("true"), sh("true")], { onEvent, signal: AbortSignal.abort() });
      expect(statuses(results)).toEqual(["skipped", "skipped"]);
      expect((await connection.exec(sh("true"), { onEvent, signal: AbortSignal.abort() })).status).toBe("skipped");
      expect(events).toEqual([]);
    },
  },
  {
    title: "keeps concurrent flights apart",
    answers: Object.fromEntries(
      Array.from({ length: 8 }, (_, n) => [`echo ${n}; echo e${n} >&2`, { stdout: `${n}\n`, stderr: `e${n}\n` }]),
    ),
    async run({ connection }) {
      const flights = Array.from({ length: 8 }, (_, n) => connection.flight(Array(3).fill(sh(`echo ${n}; echo e${n} >&2`)), {}));
      for (const [n, results] of (await Promise.all(flights)).entries()) {
        expect(outputs(results)).toEqual(Array(3).fill(`${n}\n`));
        expect(results.map(({ stderr }) => stderr)).toEqual(Array(3).fill(`e${n}\n`));
      }
    },
  },
  {
    title: "runs a command with input in its place",
    answers: { false: { exitCode: 1 }, cat: ({ stdin }) => ({ stdout: stdin ?? "" }), "echo after": { stdout: "after\n" } },
    async run({ connection }) {
      const { events, onEvent } = recorder();
      const commands = [sh("true"), sh("cat", { stdin: "given" }), sh("echo after"), sh("false"), sh("cat", { stdin: "no" })];
      const results = await connection.flight(commands, { onEvent });
      expect(statuses(results)).toEqual(["ok", "ok", "ok", "failed", "skipped"]);
      expect(outputs(results)).toEqual(["", "given", "after\n", "", ""]);
      expect(events.filter(({ kind }) => kind === "finished").map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    },
  },
  {
    title: "refuses a flight that cannot be written before anything runs",
    async run({ connection }) {
      const { events, onEvent } = recorder();
      await expect(connection.flight([sh("true"), sh("a\0b")], { onEvent })).rejects.toThrow(/NUL/);
      await expect(connection.flight([sh("true"), sh("a\0b", { stdin: "x" })], { onEvent })).rejects.toThrow(/NUL/);
      await expect(connection.flight([sh("true"), sh("true", { timeout: "soon" })], { onEvent })).rejects.toThrow(/duration/);
      expect(events).toEqual([]);
    },
  },
];
