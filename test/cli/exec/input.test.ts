import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { createSharedInput, type SharedInput } from "../../../src/cli/exec/input.ts";

const MB = 1_048_576;

function share(source: Readable, hosts: readonly string[], willWait = false): SharedInput {
  const stdin = { isTTY: false, piped: { kind: "stream" as const }, open: () => source };
  return createSharedInput(stdin, hosts, willWait) as SharedInput;
}

/** Writes until the source takes no more, for a while. @returns megabytes that it took */
async function pour(source: PassThrough, most: number): Promise<number> {
  let taken = 0;
  for (; taken < most; taken++) {
    source.write(Buffer.alloc(MB));
    for (let wait = 0; wait < 50 && source.writableNeedDrain; wait++) await turn();
    if (source.writableNeedDrain) break;
  }
  return taken;
}

it("is nothing where there is none", () => {
  expect(createSharedInput({ isTTY: true, open: () => new PassThrough() }, ["a"], false)).toBeUndefined();
});

it("gives all of it to each, however late one begins", async () => {
  const source = new PassThrough();
  const input = share(source, ["a", "b", "c"]);
  const first = text(input.of("a"));
  source.write("one");
  await turn();
  const second = text(input.of("b"));
  source.end("two");
  expect(await Promise.all([first, second])).toEqual(["onetwo", "onetwo"]);
  expect(await text(input.of("c"))).toBe("onetwo");
});

it("takes no more in than the slowest has room for", async () => {
  const source = new PassThrough();
  const input = share(source, ["fast", "slow"]);
  input.of("fast").resume();
  input.of("slow");
  const taken = await pour(source, 200);
  expect(taken).toBeGreaterThan(50);
  expect(taken).toBeLessThan(80);
  // It reads no more: the others go on.
  input.leave("slow");
  expect(await pour(source, 100)).toBe(100);
});

it("lets go of the source when the last has what it wants", async () => {
  const source = new PassThrough();
  const input = share(source, ["a", "b"]);
  input.of("a").destroy();
  await turn();
  expect(source.destroyed).toBe(false);
  input.leave("b");
  expect(source.destroyed).toBe(true);
});

it("fails for all, when it is too much to be kept for those that wait for their turn", async () => {
  const source = new PassThrough();
  const input = share(source, ["a", "b"], true);
  const read = text(input.of("a"));
  read.catch(() => undefined);
  await pour(source, 200);
  await expect(read).rejects.toThrow("Standard input is larger than 64 MB, and hosts wait for their turn to read it.");
  await expect(text(input.of("b"))).rejects.toThrow("larger than 64 MB");
});

it("of a file is read by each for itself, from where it stands", async () => {
  const directory = mkdtempSync(join(tmpdir(), "fake-input-"));
  writeFileSync(join(directory, "file"), "gone\nhere\n");
  const fd = openSync(join(directory, "file"), "r");
  onTestFinished(() => {
    closeSync(fd);
    rmSync(directory, { recursive: true });
  });
  const stdin = { isTTY: false, piped: { kind: "file" as const, fd, from: 5 }, open: () => new PassThrough() };
  const input = createSharedInput(stdin, ["a", "b"], true);
  expect(await Promise.all(["a", "b"].map((host) => text(input?.of(host) as Readable)))).toEqual(["here\n", "here\n"]);
});
