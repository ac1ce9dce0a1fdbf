/** What a host has left when the link ends in the middle: nobody sends any more, and nobody hears what is said. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { receiveFileScript } from "../../../src/process/transfer/script.ts";
import { streamTar } from "../../../src/process/transfer/tar-stream.ts";
import { receiveTreeScript } from "../../../src/process/transfer/tree-script.ts";

const MIB = 1024 * 1024;
const SHELLS = ["sh", "bash", "busybox sh", "mksh", "yash", "zsh"].filter(
  (shell) => spawnSync(`${shell} -c :`, { shell: true }).status === 0,
);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fake-link-end-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const left = (): readonly string[] => readdirSync(directory);

/** Sends a part of what is to come, waits until it is there, and is gone. */
async function breakOff(shell: string, script: string, content: Buffer, arrives: number): Promise<void> {
  const [program = "sh", ...args] = shell.split(" ");
  const child = spawn(program, [...args, "-c", script]);
  const ended = once(child, "exit");
  child.stdin.on("error", () => undefined);
  child.stdin.write(content);
  const sizes = (): number => left().reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  await vi.waitFor(() => expect(sizes()).toBeGreaterThanOrEqual(arrives), 10_000);
  for (const stream of [child.stdout, child.stderr, child.stdin]) stream.destroy();
  await ended;
}

it.each(SHELLS)("a part that is not worth to be continued goes, one that is stays: %s", async (shell) => {
  const place = { path: directory, into: true, name: "large" };
  const unit = { ident: "0123456789ab", version: "0123456789ab", size: 4 * MIB };
  const script = receiveFileScript(place, unit, "sha256sum", { from: undefined, fsync: true });
  await breakOff(shell, script, Buffer.alloc(1000), 1000);
  expect(left()).toEqual([]);
  await breakOff(shell, script, Buffer.alloc(2 * MIB), 2 * MIB);
  expect(left()).toEqual([expect.stringMatching(/\.part$/)]);
});

it.each(SHELLS)("a part of a directory goes: %s", async (shell) => {
  const chunks: Buffer[] = [];
  const entry = { path: "", file: process.execPath, type: "file" as const, mode: 0o644, mtime: 0, size: MIB };
  for await (const chunk of streamTar([{ source: { file: "", entries: [entry] }, name: "one" }], "sha256sum", () => undefined))
    chunks.push(Buffer.from(chunk));
  const script = receiveTreeScript({ path: directory, into: true }, "sha256sum", true);
  await breakOff(shell, script, Buffer.concat(chunks).subarray(0, 100_000), 1);
  expect(left()).toEqual([]);
});
