import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { ContractCase } from "./case.ts";
import { gone, readPid, recorder, sh, statuses, until } from "./support.ts";

/** Starts a child that would outlive its shell, says its pid in a file, and waits. */
const withChild = "sleep 1000 & echo $! >pid.new; mv pid.new pid; sleep 1000";

export const killCases: readonly ContractCase[] = [
  {
    title: "ends a command whose time is up, and skips the rest, though errors are accepted",
    answers: { "echo begun; sleep 1000": { stdout: "begun\n", hangs: true } },
    async run({ connection }) {
      const results = await connection.flight(
        [sh("true", { timeout: 10_000 }), sh("echo begun; sleep 1000", { timeout: "300ms", acceptError: true }), sh("true")],
        {},
      );
      expect(statuses(results)).toEqual(["ok", "timed-out", "skipped"]);
      expect(results[1]?.stdout).toBe("begun\n");
    },
  },
  {
    title: "kills the whole process group of a command whose time is up",
    async run({ connection, directory }) {
      const results = await connection.flight([sh(withChild, { cwd: directory, timeout: 500 })], {});
      expect(statuses(results)).toEqual(["timed-out"]);
      await gone(readPid(join(directory, "pid")));
    },
  },
  {
    title: "ends the running command when it is aborted, and skips the rest",
    answers: { "sleep 1000": { hangs: true } },
    async run({ connection }) {
      const abort = new AbortController();
      const { events, onEvent, started } = recorder();
      const commands = [sh("true"), sh("sleep 1000", { acceptError: true }), sh("true"), sh("true")];
      const flight = connection.flight(commands, { onEvent, signal: abort.signal });
      await started(1);
      abort.abort();
      expect(statuses(await flight)).toEqual(["ok", "killed", "skipped", "skipped"]);
      expect(events.map(({ kind, index }) => `${kind} ${index}`)).toEqual(["started 0", "finished 0", "started 1", "finished 1"]);
    },
  },
  {
    title: "kills the whole process group of a command that is aborted",
    async run({ connection, directory }) {
      const abort = new AbortController();
      const flight = connection.flight([sh(withChild, { cwd: directory })], { signal: abort.signal });
      await until(() => existsSync(join(directory, "pid")));
      abort.abort();
      expect(statuses(await flight)).toEqual(["killed"]);
      await gone(readPid(join(directory, "pid")));
    },
  },
  {
    title: "lets a command that is aborted clean up",
    async run({ connection, directory }) {
      const abort = new AbortController();
      const { onEvent, printed } = recorder();
      const text = "trap 'echo cleaned >cleaned; exit 5' TERM; echo ready; while :; do sleep 0.05; done";
      const flight = connection.flight([sh(text, { cwd: directory })], { onEvent, signal: abort.signal });
      await printed("ready");
      abort.abort();
      expect(statuses(await flight)).toEqual(["killed"]);
      expect(existsSync(join(directory, "cleaned"))).toBe(true);
    },
  },
  {
    title: "kills a command that ignores SIGTERM",
    async run({ connection, directory }) {
      const text = "trap '' TERM; sh -c 'echo $$ >pid.new; mv pid.new pid; sleep 1000'";
      const results = await connection.flight([sh(text, { cwd: directory, timeout: 500 }), sh("true")], {});
      expect(statuses(results)).toEqual(["timed-out", "skipped"]);
      await gone(readPid(join(directory, "pid")));
    },
  },
  {
    title: "kills what ignores SIGTERM when the shell that has started it dies of that",
    async run({ connection, directory }) {
      const stubborn = (name: string): string =>
        `sh -c "trap '' TERM; echo \\$\\$ >${name}; exec >/dev/null 2>&1; sleep 1000; :"; :`;
      const flight = connection.flight([sh(stubborn("one"), { cwd: directory, timeout: 500 })], {});
      const exec = connection.exec(sh(stubborn("two"), { cwd: directory, timeout: 500, stdin: "x" }), {});
      expect(statuses([...(await flight), await exec])).toEqual(["timed-out", "timed-out"]);
      for (const name of ["one", "two"]) await gone(readPid(join(directory, name)));
    },
  },
  {
    title: "kills a command with input when it is aborted or its time is up",
    async run({ connection, directory }) {
      const abort = new AbortController();
      const command = sh(`cat >/dev/null; ${withChild}`, { cwd: directory, stdin: "x" });
      const running = connection.exec(command, { signal: abort.signal });
      await until(() => existsSync(join(directory, "pid")));
      abort.abort();
      expect((await running).status).toBe("killed");
      await gone(readPid(join(directory, "pid")));
      expect((await connection.exec(sh("sleep 1000", { stdin: "x", timeout: 200 }), {})).status).toBe("timed-out");
    },
  },
  {
    title: "ends one of two flights without the other",
    answers: { "sleep 1000": { hangs: true }, "sleep 0.5; echo done": { stdout: "done\n" } },
    async run({ connection }) {
      const abort = new AbortController();
      const { onEvent, started } = recorder();
      const ended = connection.flight([sh("sleep 1000")], { onEvent, signal: abort.signal });
      const other = connection.flight([sh("sleep 0.5; echo done")], {});
      await started(0);
      abort.abort();
      expect(statuses(await ended)).toEqual(["killed"]);
      expect((await other)[0]?.stdout).toBe("done\n");
    },
  },
  {
    title: "leaves nothing running when the connection is closed",
    async run({ connection, directory }) {
      const flight = connection.flight([sh(withChild, { cwd: directory })], {});
      await until(() => existsSync(join(directory, "pid")));
      await connection.close();
      expect(statuses(await flight)).toEqual(["unknown"]);
      await gone(readPid(join(directory, "pid")));
    },
  },
];
