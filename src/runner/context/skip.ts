/** How a task ends itself when there is nothing to do. Not an error: it is never shown. */
class Skip extends Error {
  override readonly name = "Skip";
}

/** @throws what the runner takes for the task's end */
export function skip(): never {
  throw new Skip("The task has nothing to do.");
}

export function isSkip(thrown: unknown): boolean {
  return thrown instanceof Skip;
}
