import { toCommand } from "../../command/builder.ts";
import type { CommandContext } from "../../command/command.ts";
import { TaskError } from "../../errors.ts";
import { throwOnFailure } from "../command-error.ts";
import { createByteSink } from "./byte-sink.ts";
import type { Port } from "./port.ts";
import { quotePath } from "./remote-path.ts";

/** Largest file that is read into memory, in bytes. */
const LIMIT = 64 * 1024 * 1024;

/** @throws TaskError when it is larger than 64 MiB @throws CommandError */
export async function readContent(port: Port, context: CommandContext, path: string): Promise<string> {
  const overflow = new AbortController();
  const sink = createByteSink(LIMIT, () => overflow.abort());
  const command = toCommand(`cat ${quotePath(path)}`, { title: `read ${path}`, quiet: true }, context);
  const result = await port.transfer(command, { stdout: sink.stream, signal: overflow.signal });
  if (sink.overflowed) {
    throw new TaskError(`${path} on ${port.session.id} is larger than 64 MiB.`, { hint: "Fetch it with download()." });
  }
  throwOnFailure([result], port.session.id, port.running.deps.redactor);
  return sink.bytes().toString("utf8");
}
