import { toCommand } from "../../command/builder.ts";
import type { CommandContext } from "../../command/command.ts";
import { TaskError } from "../../errors.ts";
import { throwOnFailure } from "../machine/command-error.ts";
import { createByteSink } from "./byte-sink.ts";
import { quotePath } from "./remote-path.ts";
import type { TaskRun } from "./run.ts";
import { streamCommand } from "./stream.ts";

/** Largest file that is read into memory, in bytes. */
const LIMIT = 64 * 1024 * 1024;

/** @throws TaskError when it is larger than 64 MiB @throws CommandError */
export async function readContent(task: TaskRun, context: CommandContext, path: string): Promise<string> {
  const overflow = new AbortController();
  const sink = createByteSink(LIMIT, () => overflow.abort());
  const command = toCommand(`cat ${quotePath(path)}`, { title: `read ${path}`, quiet: true }, context);
  const result = await streamCommand(task, command, { stdout: sink.stream, signal: overflow.signal });
  if (sink.overflowed) {
    throw new TaskError(`${path} on ${task.target.id} is larger than 64 MiB.`, { hint: "Fetch it with download()." });
  }
  throwOnFailure([result], task.target);
  return sink.bytes().toString("utf8");
}
