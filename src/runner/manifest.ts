import { toError } from "../errors.ts";
import type { CommandResult } from "../transport/transport.ts";
import type { BuiltTask } from "./command-body.ts";

/** Which task each command of a flight belongs to, and how far the tasks are. Every task that began also ends. */
export interface Manifest {
  /** Which of the tasks a command belongs to. */
  ownerOf(command: number): number;
  /** The command's task begins, and those before it without commands. */
  started(command: number): void;
  /** A command is done; with its last one the task is. @param error why it failed */
  finished(command: number, result: CommandResult, error: Error | undefined): void;
  /** All was sent: what is left are tasks without commands. */
  close(): void;
  /** The task whose turn it was fails: nothing more was sent. */
  fail(error: Error): void;
  /** Settles when every task that began has ended. */
  readonly settled: Promise<void>;
}

export interface ManifestOptions {
  /** In order of the tasks. */
  readonly onStarted: (task: number) => void;
  /** @param error why the task failed */
  readonly onEnded: (task: number, error: Error | undefined) => void;
  /** Gives a task what came back; it fails when this throws. */
  readonly receive: (task: BuiltTask, results: readonly CommandResult[]) => Promise<void>;
}

export function createManifest(tasks: readonly BuiltTask[], options: ManifestOptions): Manifest {
  const owners = tasks.flatMap((task, index) => task.commands.map(() => index));
  const results = tasks.map((): CommandResult[] => []);
  const over = new Set<number>();
  let begun = 0;
  let failed = false;
  let settled = Promise.resolve();

  const fail = (index: number, error: Error): void => {
    if (over.has(index)) return;
    over.add(index);
    failed = true;
    options.onEnded(index, error);
  };
  const complete = (index: number): void => {
    if (over.has(index)) return;
    const task = tasks[index];
    over.add(index);
    if (task?.body.receive === undefined) options.onEnded(index, undefined);
    else {
      const received = settled.then(() => options.receive(task, results[index] ?? []));
      settled = received.then(
        () => options.onEnded(index, undefined),
        (error: unknown) => options.onEnded(index, toError(error)),
      );
    }
  };
  const beginUntil = (index: number): void => {
    for (; begun <= index; begun++) {
      options.onStarted(begun);
      if (tasks[begun]?.commands.length === 0) complete(begun);
    }
  };
  return {
    ownerOf: (command) => owners[command] ?? 0,
    started: (command) => beginUntil(owners[command] ?? 0),
    finished(command, result, error) {
      const index = owners[command] ?? 0;
      const own = results[index] ?? [];
      own.push(result);
      if (error !== undefined) fail(index, error);
      else if (own.length === tasks[index]?.commands.length) complete(index);
    },
    close() {
      if (!failed) beginUntil(tasks.length - 1);
    },
    fail(error) {
      const index = tasks.findIndex((task, at) => task.commands.length > 0 && !over.has(at));
      // Tasks behind one that has failed do not begin.
      if (failed || index === -1) return;
      beginUntil(index);
      fail(index, error);
    },
    get settled() {
      return settled;
    },
  };
}
