/** Directories of this machine that are made for what comes, and what its disk refuses. */
import { mkdir, rmdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { FakeError, TaskError, toError } from "../../errors.ts";

/** By this program. Some are for several hosts: who fails last is to remove them. */
const made = new Set<string>();

/** Makes a directory where there is none, with those that it is in: for something that may still fail. @throws TaskError where it cannot be made */
export async function makeDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true }).catch(async (error: unknown) => {
    const cause = await refusalOf(directory, error);
    throw new TaskError(`The directory ${directory} cannot be made: ${reasonOfSystem(cause)}.`, { cause });
  });
  if (first !== undefined) for (let one = directory; ; one = dirname(one)) if (made.add(one) && one === first) break;
}

/** Removes what was made of it, as far as nothing is in it. Never rejects. */
export async function removeMade(directory: string): Promise<void> {
  for (let one = directory; made.has(one); one = dirname(one)) {
    const isGone = await rmdir(one).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

/** Of a whole way at once, node says ENOENT for what else its first step is refused by. */
async function refusalOf(directory: string, error: unknown): Promise<unknown> {
  let first = directory;
  while (dirname(first) !== first && (await stat(dirname(first)).catch(() => undefined)) === undefined) first = dirname(first);
  return await mkdir(first).then(
    () => rmdir(first).then(() => error),
    (refusal: unknown) => refusal,
  );
}

/** What this machine's disk refuses is about the destination, not about the name that is written to for the time being. */
export function cannotWrite(destination: string, error: unknown): unknown {
  if (error instanceof FakeError || !(error instanceof Error) || !("syscall" in error)) return error;
  return new TaskError(`${destination} cannot be written: ${reasonOfSystem(error)}.`, { cause: error });
}

/** Without the call that was refused, and its path. */
export function reasonOfSystem(error: unknown): string {
  const { message } = toError(error);
  return /^E[A-Z0-9]+: (.+?), \w+(?: '.*)?$/s.exec(message)?.[1] ?? message;
}
