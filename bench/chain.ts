/**
 * How long the way of one command is: the functions of ours that `` await t.run`true` `` goes through on an open connection, by file.
 *
 *   npm run bench:chain
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { Module, SourceMap } from "node:module";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { startSshdFleet } from "../test/support/sshd.ts";

/** What V8 tells of each function that was called. Offsets are characters in the script that V8 was given. */
interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly [{ readonly startOffset: number; readonly count: number }];
    }[];
  }[];
}

interface Called {
  readonly file: string;
  readonly name: string;
  readonly calls: number;
}

const WRAPPER_LENGTH = Module.wrap("").indexOf("\n});");

const fleet = await startSshdFleet(1);
const output = join(fleet.directory, "coverage.json");
try {
  const words = [
    "dist/cli/bin.cjs",
    "-f",
    "bench/rig/chain/deployfile.ts",
    "--ssh-config",
    fleet.sshConfig,
    "--reporter",
    "json",
  ];
  const env = { ...process.env, CHAIN_OUTPUT: output };
  const { status, stderr } = spawnSync(process.execPath, [...words, "-R", "chain", "chain"], { env, encoding: "utf8" });
  if (status !== 0) throw new Error(`Exit code ${status}:\n${stderr}`);
  show(readCalls(JSON.parse(readFileSync(output, "utf8")) as Coverage));
} finally {
  await fleet.stop();
}

function readCalls({ result }: Coverage): readonly Called[] {
  return result.flatMap(({ url, functions }) => {
    const path = url.startsWith("file:") ? fileURLToPath(url) : url;
    if (!path.startsWith(resolve("dist")) || !existsSync(`${path}.map`)) return [];
    const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, "utf8")));
    const code = readFileSync(path, "utf8");
    const lineStarts = [0, ...[...code.matchAll(/\n/g)].map(({ index }) => index + 1)];
    return functions.flatMap(({ functionName, ranges: [{ startOffset, count }] }) => {
      const offset = startOffset - WRAPPER_LENGTH;
      const line = lineStarts.findLastIndex((start) => start <= offset);
      const entry = map.findEntry(line, offset - (lineStarts[line] ?? 0));
      if (count === 0 || !("originalSource" in entry)) return [];
      // What a chunk exports is read through getters of the bundler.
      if (functionName === "get" && code.startsWith("function()", offset)) return [];
      const file = relative(".", resolve(path, "..", entry.originalSource));
      return [{ file, name: functionName || "(anonymous)", calls: count }];
    });
  });
}

function show(called: readonly Called[]): void {
  const own = called.filter(({ file }) => file.startsWith("src/"));
  const libraries = called.filter(({ file }) => file.includes("node_modules/"));
  const byFile = groupByFile(own);
  for (const [file, functions] of [...byFile].sort(([a], [b]) => (a < b ? -1 : 1)))
    say(`${String(functions.length).padStart(4)} ${String(callsOf(functions)).padStart(5)}  ${file}  ${namesOf(functions)}`);
  say(
    `${own.length} functions of ours in ${byFile.size} files, ${callsOf(own)} calls; ${libraries.length} of libraries, ${callsOf(libraries)} calls`,
  );
}

function groupByFile(called: readonly Called[]): Map<string, Called[]> {
  const groups = new Map<string, Called[]>();
  for (const one of called) groups.set(one.file, [...(groups.get(one.file) ?? []), one]);
  return groups;
}

function callsOf(called: readonly Called[]): number {
  return called.reduce((sum, { calls }) => sum + calls, 0);
}

function namesOf(called: readonly Called[]): string {
  return [...new Set(called.map(({ name }) => name))].sort().join(", ");
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
