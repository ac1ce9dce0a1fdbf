import type { ListrTask } from "listr2";
import type { Screen } from "../../report/reporter.ts";

/** One piece of work on this machine, that asks nobody and prints nothing. */
export interface ListedWork<T> {
  readonly title: string;
  run(): Promise<T>;
}

/**
 * Does one piece of work after the other. On a terminal it draws them meanwhile, as a flat list of what is done, at work and ahead; the
 * list is gone afterwards: what came of the work is the caller's to tell. Elsewhere nothing is drawn, and nothing loaded for it.
 * @returns what each came to @throws what the work throws
 */
export async function doWork<T>(works: readonly ListedWork<T>[], screen: Screen): Promise<readonly T[]> {
  const results: T[] = [];
  const tasks = works.map(({ title, run }) => ({ title, task: async () => void results.push(await run()) }));
  // Some terminals say that they have no columns, and listr2 asks the process: it would write a letter a line.
  if (screen.isTTY && process.stdout.columns !== 0) await draw(tasks, screen);
  else for (const { task } of tasks) await task();
  return results;
}

async function draw(tasks: ListrTask[], screen: Screen): Promise<void> {
  const { Listr, ListrLogger, ProcessOutput } = await import("listr2");
  const stream = toStream(screen);
  const logger = new ListrLogger({ processOutput: new ProcessOutput(stream, stream), useIcons: true });
  const rendererOptions = { logger, clearOutput: true };
  // On this screen, whatever the process's own streams are.
  await new Listr(tasks, { renderer: "default", rendererOptions, registerSignalListeners: false, forceTTY: true }).run();
}

/** What listr2 needs of a stream. */
function toStream(screen: Screen): NodeJS.WriteStream {
  const write = (text: string | Uint8Array): boolean => {
    screen.write(String(text));
    return true;
  };
  const { isTTY, columns, rows } = screen;
  return { write, isTTY, columns, rows } as NodeJS.WriteStream;
}
