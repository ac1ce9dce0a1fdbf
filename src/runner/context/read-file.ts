import { Writable } from "node:stream";
import { toCommand } from "../../command/builder.ts";
import { TaskError } from "../../errors.ts";
import { throwOnFailure } from "../machine/command-report.ts";
import { quotePath, streamCommand } from "./remote-file.ts";
import type { TaskRun } from "./run.ts";

/** Largest file that is read into memory, in bytes. */
const LIMIT = 64 * 1024 * 1024;

/** @throws TaskError when it is larger than 64 MiB @throws CommandError */
export async function readContent(task: TaskRun, path: string): Promise<string> {
  const overflow = new AbortController();
  const chunks: Buffer[] = [];
  let size = 0;
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size <= LIMIT) chunks.push(chunk);
      else overflow.abort();
      done();
    },
  });
  const command = toCommand(`cat ${quotePath(path)}`, { title: `read ${path}`, quiet: true }, task.context);
  const result = await streamCommand(task, command, { stdout, signal: overflow.signal });
  if (size > LIMIT) {
    throw new TaskError(`${path} on ${task.target.id} is larger than 64 MiB.`, { hint: "Fetch it with download()." });
  }
  throwOnFailure([result], task.target);
  return Buffer.concat(chunks).toString("utf8");
}
