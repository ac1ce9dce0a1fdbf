import { expect } from "vitest";
import { Secret } from "../../../src/command/secret.ts";
import type { ContractCase } from "./case.ts";
import { outputs, sh, statuses } from "./support.ts";

export const isolationCases: readonly ContractCase[] = [
  {
    title: "keeps directory, umask and variables of a command away from the next",
    async run({ connection }) {
      const show = sh('echo "$PWD $(umask) ${FOO-unset} ${BAR-unset} $(echo /et?)"');
      const results = await connection.flight([show, sh("cd /; umask 013; FOO=1; export BAR=2; set -f"), show], {});
      expect(statuses(results)).toEqual(["ok", "ok", "ok"]);
      expect(results[2]?.stdout).toBe(results[0]?.stdout);
      expect(results[2]?.stdout).toContain("unset unset /etc");
    },
  },
  {
    title: "keeps exit, traps, functions and closed descriptors of a command away from the next",
    async run({ connection }) {
      const results = await connection.flight(
        [
          sh("trap 'echo trapped' EXIT TERM; f() { echo f; }; exit 0"),
          sh("exec 1>&- 2>&- 0<&-; exit 0"),
          sh("f 2>/dev/null || echo none; echo err >&2"),
        ],
        {},
      );
      expect(outputs(results)).toEqual(["trapped\n", "", "none\n"]);
      expect(results[2]?.stderr).toBe("err\n");
    },
  },
  {
    title: "gives commands standard input at its end",
    async run({ connection }) {
      const results = await connection.flight([sh("cat"), sh("read -r line || echo end"), sh("cat; echo after")], {});
      expect(outputs(results)).toEqual(["", "end\n", "after\n"]);
    },
  },
  {
    title: "keeps a syntax error to its command",
    async run({ connection }) {
      const broken = ["if then (", "echo 'open", ") done", "for x in"].map((text) => sh(text, { acceptError: true }));
      const results = await connection.flight([...broken, sh("echo alive")], {});
      expect(statuses(results)).toEqual(["failed", "failed", "failed", "failed", "ok"]);
      expect(results[0]?.stderr).toMatch(/syntax/i);
    },
  },
  {
    title: "runs text as it is written: quotes, newlines, here-documents, comments",
    async run({ connection }) {
      const results = await connection.flight(
        [sh("cat <<'END'\n$HOME \\ `x` 'q'\nEND"), sh("echo a # b"), sh("printf '%s\\n' \"it's\" '\"' \\\\"), sh("\n\necho c\n")],
        {},
      );
      expect(outputs(results)).toEqual(["$HOME \\ `x` 'q'\n", "a\n", "it's\n\"\n\\\n", "c\n"]);
    },
  },
  {
    title: "applies directory, variables, umask and prefixes",
    async run({ connection, directory }) {
      const vars = { NAME: "a 'b' $c\nd" };
      const command = sh('echo "$PWD|$NAME|$(umask)|$X"', { cwd: directory, vars, umask: "027", prefixes: ["X=prefixed"] });
      const [result] = await connection.flight([command], {});
      expect(result?.stdout).toBe(`${directory}|a 'b' $c\nd|0027|prefixed\n`);
    },
  },
  {
    title: "shows a secret in no process's arguments",
    async run({ connection }) {
      const command = sh('echo "$TOKEN" | wc -c; ps -A -ww -o args', {
        vars: { TOKEN: new Secret("s3cr3t-t0k3n") },
        captureAll: true,
      });
      const [inFlight] = await connection.flight([command], {});
      const alone = await connection.exec({ ...command, stdin: new Secret("s3cr3t-t0k3n") }, {});
      for (const result of [inFlight, alone]) {
        expect(result?.stdout).toMatch(/^\s*13\n/);
        expect(result?.stdout).toContain("ps -A");
        expect(result?.stdout).not.toContain("s3cr3t");
      }
    },
  },
  {
    title: "shows a command nothing of how its outcome is told",
    async run({ connection }) {
      const probe = 'echo "$_"; set; env; trap; (declare -p; declare -f; typeset -f) 2>/dev/null; true';
      const results = await connection.flight([sh("true"), sh(probe, { captureAll: true }), sh("echo on")], {});
      expect(statuses(results)).toEqual(["ok", "ok", "ok"]);
      expect(results[1]?.stdout).not.toContain("@fake:");
      expect(results[2]?.stdout).toBe("on\n");
    },
  },
];
