import { expect } from "vitest";
import type { ContractCase } from "./case.ts";
import { sh, statuses } from "./support.ts";

export const endingCases: readonly ContractCase[] = [
  {
    title: "gives the exit code of the shell's rules",
    answers: { "exit 255": { exitCode: 255 }, "no-such-command-here": { exitCode: 127 }, "/": { exitCode: 126 } },
    async run({ connection }) {
      const commands = ["exit 255", "no-such-command-here", "/"].map((text) => sh(text, { acceptError: true }));
      const results = await connection.flight(commands, {});
      expect(results.map(({ exitCode, status }) => [exitCode, status])).toEqual([
        [255, "failed"],
        [127, "failed"],
        [126, "failed"],
      ]);
    },
  },
  {
    title: "names the signal that killed a command",
    answers: { "sh -c 'kill -9 $PPID'; echo no": { exitCode: 137 }, "sh -c 'kill -SEGV $$'": { exitCode: 139 } },
    async run({ connection }) {
      const results = await connection.flight(
        [sh("sh -c 'kill -9 $PPID'; echo no", { acceptError: true }), sh("sh -c 'kill -SEGV $$'"), sh("true")],
        {},
      );
      expect(statuses(results)).toEqual(["failed", "failed", "skipped"]);
      expect(results[0]).toMatchObject({ signal: "SIGKILL", exitCode: 137, stdout: "" });
      expect(results[1]?.signal).toBe("SIGSEGV");
    },
  },
  {
    title: "says unknown of a command that takes its shell with it",
    async run({ connection }) {
      const results = await connection.flight([sh("echo ok"), sh("echo before; kill -9 $$; sleep 5"), sh("true")], {});
      expect(statuses(results)).toEqual(["ok", "unknown", "skipped"]);
      expect(results[1]).toMatchObject({ exitCode: undefined, stdout: "before\n" });
      expect(results[1]?.cause).toBeInstanceOf(Error);
    },
  },
  {
    title: "still works after a command took its shell with it",
    async run({ connection }) {
      await connection.flight([sh("kill -9 $$")], {});
      expect(statuses(await connection.flight([sh("true")], {}))).toEqual(["ok"]);
    },
  },
  {
    title: "says how long a command took",
    async run({ connection }) {
      const [result] = await connection.flight([sh("sleep 0.2")], {});
      expect(result?.duration).toBeGreaterThan(150);
    },
  },
];
