/** What every process prints, on a host and on this machine. */
import { readFileSync, rmSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { expect } from "vitest";
import type { LaunchOptions } from "../../src/process/launcher.ts";
import type { Process } from "../../src/process/process.ts";

export function outputContract(
  test: (title: string, work: () => Promise<void>) => void,
  make: (command: string, options?: LaunchOptions) => Process,
  directory: () => string,
): void {
  test("gives its output as it comes, line by line", async () => {
    const process = make("echo one; echo two; printf three", { stdin: "" }).start();
    const lines: string[] = [];
    for await (const line of process.lines()) lines.push(line);
    expect(lines).toEqual(["one", "two", "three"]);
  });

  test("writes its output to a file, made anew", async () => {
    const file = `${directory()}/out.txt`;
    for (const word of ["longer", "short"]) {
      await make(`echo ${word}`, { stdin: "" }).writeTo("stdout", file).run();
      expect(readFileSync(file, "utf8")).toBe(`${word}\n`);
    }
    rmSync(file);
  });

  test("talks to a program that asks", async () => {
    const ask = 'printf "New password: "; read -r a; printf "Retype: "; read -r b; [ "$a" = "$b" ] && echo changed || exit 9';
    const process = make(ask).start();
    expect(await process.expect("New password: ")).toBeDefined();
    await process.write("one\n");
    expect(await process.expect([/retype: /i, "error"])).toMatchObject({ index: 0 });
    await process.write("one\n");
    expect(await process.expect(["sorry", "changed"])).toMatchObject({ index: 1 });
    await process.wait();
    expect(process.finishedOk).toBe(true);
  });

  test("an expect that finds nothing makes it not ok at once", async () => {
    const process = make("echo something; cat").start();
    expect(await process.expect("else", { timeout: 100 })).toBeUndefined();
    expect([process.isRunning, process.ok, process.problems]).toEqual([true, false, ["expect"]]);
    expect(await process.expect("something", { timeout: "20s" })).toBeDefined();
    expect(process.ok).toBe(false);
    await process.end();
    await process.wait();
    expect(process.finishedOk).toBe(false);
  });

  test("ends though something that it has left running holds its output", async () => {
    const process = await make("sleep 60 & echo $!; exit 0", { stdin: "" }).run();
    expect(process.finishedOk).toBe(true);
    expect(process.stdout).toMatch(/^\d+\n$/);
    globalThis.process.kill(Number(process.stdout), "SIGKILL");
  });

  test("has a terminal of the size that is asked for", async () => {
    const process = await make("stty size; [ -t 0 ] && [ -t 1 ] && echo both", { pty: { columns: 111, rows: 33 } }).run();
    expect(process.stdout.replaceAll("\r", "")).toBe("33 111\nboth\n");
  });

  test("runs in a directory, with variables", async () => {
    const process = await make('echo "$PWD $WORD"', { stdin: "", cwd: directory(), vars: { WORD: "it's" } }).run();
    expect(process.stdout).toBe(`${directory()} it's\n`);
  });

  test("reads as fast as who reads it, and loses nothing", async () => {
    const process = make("i=0; while [ $i -lt 20000 ]; do echo line $i of some length; i=$((i+1)); done", {
      stdin: "",
      keep: "none",
    }).start();
    let count = 0;
    for await (const line of process.lines()) {
      expect(line).toBe(`line ${count} of some length`);
      count += 1;
      if (count % 5000 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(count).toBe(20000);
  });

  test("keeps its outputs apart", async () => {
    const process = await make("echo out; echo err >&2", { stdin: "" }).run();
    expect([process.stdout, process.stderr, process.finishedOk]).toEqual(["out\n", "err\n", true]);
  });

  test("takes a stream for its input, and lets it go when it ends", async () => {
    const count = make("wc -c").start();
    const chunks = Array.from({ length: 40 }, () => Buffer.alloc(65_536, "x"));
    await pipeline(chunks, count.stdin);
    await count.wait();
    expect([count.stdout.trim(), count.ok]).toEqual([String(40 * 65_536), true]);
    const early = make("read -r line; echo got $line").start();
    async function* endless(): AsyncGenerator<string> {
      for (;;) {
        yield "line\n";
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    const { stdin } = early;
    expect(early.stdin).toBe(stdin);
    await expect(pipeline(endless(), stdin)).rejects.toMatchObject({ code: "ERR_STREAM_PREMATURE_CLOSE" });
    expect((await early.wait()).stdout).toBe("got line\n");
    await early.reset();
    expect(early.stdin).not.toBe(stdin);
    early.start().stdin.end("again\n");
    expect((await early.wait()).stdout).toBe("got again\n");
  });
}
