/** Outputs of real processes. */
import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { Cursor } from "../../src/process/expect.ts";
import { someOutput } from "./some-output.ts";

describe("a process", () => {
  /** Starts it, with its output where it belongs. */
  function run(program: string, args: readonly string[]) {
    const { output } = someOutput("tail");
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    child.stdout.on("data", (chunk: Buffer) => {
      output.push(chunk);
      if (!output.isFull) return;
      child.stdout.pause();
      output.onDrain(() => child.stdout.resume());
    });
    child.stdout.on("end", () => output.end());
    return { output, cursor: new Cursor(output), say: (text: string) => child.stdin.write(text) };
  }

  it("asks for a password twice, and is answered", async () => {
    const script = `
      printf 'New password: '; read -r one
      printf 'Retype new password: '; read -r two
      [ "$one" = "$two" ] && echo updated || echo 'do not match'`;
    const { cursor, say } = run("sh", ["-c", script]);
    for (const prompt of ["New password: ", "Retype new password: "]) {
      expect(await cursor.expect(prompt)).toMatchObject({ text: prompt });
      say("s3cret\n");
    }
    expect(await cursor.expect(["updated", "do not match"])).toMatchObject({ index: 0 });
    expect(await cursor.expect("more")).toBeUndefined();
  });

  it("is an interpreter on a terminal, and tells what it has worked out", async () => {
    const { cursor, say } = run("script", ["-qec", "python3 -q -i", "/dev/null"]);
    expect(await cursor.expect(">>> ")).toBeDefined();
    say("6 * 7\n");
    expect(await cursor.expect(/^(\d+)\r$/m)).toMatchObject({ groups: ["42"] });
    say("exit()\n");
    expect(await cursor.expect("never")).toBeUndefined();
  });

  it("prints more than its reader takes, and all of it arrives", async () => {
    const { output } = run("seq", ["300000"]);
    let count = 0;
    for await (const line of output.lines()) if (line !== String(++count)) throw new Error(`${line} is not ${count}`);
    expect(count).toBe(300_000);
  });
});
