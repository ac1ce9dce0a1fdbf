/** The functions of ours that `` await t.run`true` `` goes through on an open connection, by file: how long the way of one command is. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { Module, SourceMap } from "node:module";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { SshdFleet } from "./sshd.ts";

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

export interface Called {
  readonly file: string;
  readonly name: string;
  readonly calls: number;
}

const WRAPPER_LENGTH = Module.wrap("").indexOf("\n});");

/** Runs the built `fake` on the first host of the fleet, and reads what V8 counted. Needs `npm run build`, and the project as working directory. */
export function followOneCommand(fleet: SshdFleet): readonly Called[] {
  const output = join(fleet.directory, "coverage.json");
  const options = ["-f", "bench/rig/chain/deployfile.ts", "--ssh-config", fleet.sshConfig, "--reporter", "json"];
  const env = { ...process.env, CHAIN_OUTPUT: output };
  const words = ["dist/cli/bin.cjs", ...options, "-R", "chain", "chain"];
  const { status, stderr } = spawnSync(process.execPath, words, { env, encoding: "utf8" });
  if (status !== 0) throw new Error(`Exit code ${status}:\n${stderr}`);
  return readCalls(JSON.parse(readFileSync(output, "utf8")) as Coverage);
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
