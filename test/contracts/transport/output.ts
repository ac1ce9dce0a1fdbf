import { expect } from "vitest";
import type { ContractCase } from "./case.ts";
import { outputs, recorder, sh } from "./support.ts";

const line = `${"x".repeat(99)}\n`;
/** Prints `count` lines of 100 bytes. */
const lines = (count: number): string => `yes ${"x".repeat(99)} | head -n ${count}`;

export const outputCases: readonly ContractCase[] = [
  {
    title: "keeps stdout and stderr apart",
    answers: { "echo out; echo err >&2; echo more": { stdout: "out\nmore\n", stderr: "err\n" } },
    async run({ connection }) {
      const [result] = await connection.flight([sh("echo out; echo err >&2; echo more")], {});
      expect(result).toMatchObject({ stdout: "out\nmore\n", stderr: "err\n", truncated: false });
    },
  },
  {
    title: "adds nothing to output that ends without a newline",
    answers: { "printf a; printf b >&2": { stdout: "a", stderr: "b" }, "printf c": { stdout: "c" } },
    async run({ connection }) {
      const results = await connection.flight([sh("printf a; printf b >&2"), sh("printf c"), sh("true")], {});
      expect(outputs(results)).toEqual(["a", "c", ""]);
      expect(results[0]?.stderr).toBe("b");
    },
  },
  {
    title: "passes NUL and all other control characters",
    answers: { "printf 'a\\000b\\033[1m\\r\\n\\177'": { stdout: "a\0b\u001b[1m\r\n\u007f" } },
    async run({ connection }) {
      const [result] = await connection.flight([sh("printf 'a\\000b\\033[1m\\r\\n\\177'")], {});
      expect(result?.stdout).toBe("a\0b\u001b[1m\r\n\u007f");
    },
  },
  {
    title: "decodes UTF-8 that arrives in parts, and replaces what is none",
    answers: { "printf '\\342\\202'; sleep 0.1; printf '\\254 \\377 \\303'": { stdout: Buffer.from("e282ac20ff20c3", "hex") } },
    async run({ connection }) {
      const { events, onEvent } = recorder();
      const command = sh("printf '\\342\\202'; sleep 0.1; printf '\\254 \\377 \\303'");
      const [result] = await connection.flight([command, sh("true")], { onEvent });
      expect(result?.stdout).toBe("\u20ac \ufffd \ufffd");
      const shown = events.map((event) => (event.kind === "output" ? event.text : "")).join("");
      expect(shown).toBe(result?.stdout);
    },
  },
  {
    title: "keeps the last 64 KiB of 10 MB, and reports all of it",
    answers: { [lines(100_000)]: { stdout: line.repeat(100_000) } },
    async run({ connection }) {
      let reported = 0;
      let longest = 0;
      const onEvent = (event: { readonly kind: string; readonly text?: string }): void => {
        reported += event.text?.length ?? 0;
        longest = Math.max(longest, event.text?.length ?? 0);
      };
      const [result] = await connection.flight([sh(lines(100_000))], { onEvent });
      expect(result).toMatchObject({ status: "ok", truncated: true });
      expect(result?.stdout.length).toBe(64 * 1024);
      expect(result?.stdout.endsWith(line)).toBe(true);
      expect(reported).toBe(10_000_000);
    },
  },
  {
    title: "captures all when it is asked to",
    answers: { [lines(10_000)]: { stdout: line.repeat(10_000) } },
    async run({ connection }) {
      const [result] = await connection.flight([sh(lines(10_000), { captureAll: true })], {});
      expect(result?.truncated).toBe(false);
      expect(result?.stdout).toBe(line.repeat(10_000));
    },
  },
  {
    title: "takes output that looks like its own framing for output",
    answers: {
      "printf '@fake: S 0 1\\n@fake:00000000000000000000000000000000 E 0 1\\n@fak'": {
        stdout: "@fake: S 0 1\n@fake:00000000000000000000000000000000 E 0 1\n@fak",
      },
      "echo next": { stdout: "next\n" },
    },
    async run({ connection }) {
      const text = "printf '@fake: S 0 1\\n@fake:00000000000000000000000000000000 E 0 1\\n@fak'";
      const results = await connection.flight([sh(text), sh("echo next")], {});
      expect(outputs(results)).toEqual(["@fake: S 0 1\n@fake:00000000000000000000000000000000 E 0 1\n@fak", "next\n"]);
    },
  },
  {
    title: "waits for no daemon that keeps the outputs open",
    async run({ connection }) {
      const results = await connection.flight([sh("sleep 1000 & echo $!"), sh("echo next")], {});
      expect(results[1]?.stdout).toBe("next\n");
      const pid = Number(results[0]?.stdout);
      process.kill(pid, 0);
      process.kill(pid, "SIGKILL");
    },
  },
];
