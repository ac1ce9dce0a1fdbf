/** A function that is only looked at: what it would do is told, until it needs an answer. */
import { formatBytes } from "../../amounts.ts";
import { builderMembers, type CommandBuilder, type CommandVerb, createVerb, toCommand } from "../../command/builder.ts";
import type { Command } from "../../command/command.ts";
import { displayCommand } from "../../command/compose.ts";
import { HeldBack } from "../../errors.ts";
import type { Tunnel } from "../../process/forward/forward.ts";
import { describeForward, FORWARD_OPTIONS, readForward } from "../../process/forward/wish.ts";
import type { Process } from "../../process/process.ts";
import type { CommandResult } from "../../transport/transport.ts";
import type { Logger, TaskContext } from "../context.ts";
import { holdBack, letThrough } from "../hold-back.ts";
import type { HostRun } from "../machine/host-run.ts";
import type { Shell } from "../shell.ts";
import { existsCommand, lookUpCommand, quotePath, sizeOf } from "./remote-file.ts";
import type { TaskRun } from "./run.ts";
import { facts, hostOf } from "./task-context.ts";
import { createTaskFleet } from "./task-fleet.ts";
import { derive, watchUse } from "./unused.ts";

/** What is told of a function. Called one after another. */
export interface RecordListener {
  onCommand(target: HostRun, command: Command): Promise<void>;
  onText(target: HostRun, text: string): void;
  /** It executes another task. */
  onExecute(task: TaskRun, ...args: Parameters<TaskContext["execute"]>): Promise<void>;
}

/** More than this a function does not do but in a loop. */
const MOST_NOTES = 100;
/** Calls behind the end, of a loop that waits for nothing, before it is thrown out of. */
const MOST_CALLS = 1000;

export type Recording = ReturnType<typeof createRecording>;

export function createRecording(task: TaskRun, listener: RecordListener) {
  let end = (): void => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  let told: Promise<unknown> = Promise.resolve();
  let stopped = false;
  let notes = 0;
  let open = 0;
  /** In order; none of it in the context of the function, where it would be held back. */
  const tell = (work: () => unknown): Promise<unknown> => {
    if (stopped) return told;
    open += 1;
    told = told
      .then(() => letThrough(work))
      .finally(() => {
        open -= 1;
      });
    return told;
  };
  const stop = (why: string): HeldBack => {
    void tell(() => listener.onText(task.host, `… ${why}`));
    stopped = true;
    end();
    return new HeldBack(why);
  };
  return {
    listener,
    /** Settles when it was stopped. */
    over,
    get notes() {
      return notes;
    },
    /** True while something is told: a task that it executes, say. */
    get busy() {
      return open > 0;
    },
    stop,
    /** Notes something that it does. @returns false when the recording is over: what is asked for then never comes */
    note(work: () => unknown): Promise<unknown> | undefined {
      if (!stopped && notes >= MOST_NOTES) stop(`and so on: only the first ${MOST_NOTES} are shown`);
      notes += 1;
      if (notes > MOST_NOTES + MOST_CALLS) throw new HeldBack("The recording is over.");
      return stopped ? undefined : tell(work);
    },
    run: <T>(work: () => T): T => holdBack((what) => stop(`it stops here in a dry run: it would ${what}`), work),
    /** Settles when all is told. */
    told: () => told,
  };
}

/** What a function sees. Nothing that it does with it reaches a host, a file or a person. */
export function createRecordingContext(task: TaskRun, recording: Recording): TaskContext {
  const { limits } = task;
  const elsewhere = (target: HostRun): TaskRun => ({ ...task, target, env: target.env, context: {}, made: undefined });
  const question = (text: string) => asked<never>(task, recording, `asks: ${text}`, "what is answered");
  return Object.freeze({
    ...watchUse(
      task,
      builderMembers(
        task.context,
        derive(task, (next) => createRecordingContext(next, recording)),
      ),
    ),
    ...watchUse(task, shellMembers(task, recording)),
    ...facts(task),
    env: readOnly(task),
    log: logger(task, recording),
    signal: limits.start,
    skip(what = "task") {
      throw recording.stop(`it ends here, and the ${what} with it: there is nothing to do`);
    },
    failures: [],
    async execute(ref, hosts) {
      await (recording.note(() => recording.listener.onExecute(task, ref, hosts)) ?? never());
    },
    on: (host) => createRecordingContext(elsewhere(hostOf(task.run, host)), recording),
    get fleet() {
      const contextOf = (next: TaskRun): TaskContext => createRecordingContext(next, recording);
      const tell = (host: HostRun, text: string): void => void recording.note(() => recording.listener.onText(host, text));
      const access = { contextOf, places: undefined, track: <T>(work: Promise<T>) => work, tell };
      return createTaskFleet({ ...task, context: {}, made: undefined }, access);
    },
    ui: { ask: question, confirm: question, choice: question },
    local: createRecordingShell({ ...task, target: task.run.control, context: {}, made: undefined }, recording),
  } satisfies TaskContext);
}

function createRecordingShell(task: TaskRun, recording: Recording): Shell {
  return Object.freeze({
    ...watchUse(
      task,
      builderMembers(
        task.context,
        derive(task, (next) => createRecordingShell(next, recording)),
      ),
    ),
    ...watchUse(task, shellMembers(task, recording)),
  });
}

function shellMembers(task: TaskRun, recording: Recording): Omit<Shell, keyof CommandBuilder> {
  const { target, context } = task;
  const { onCommand } = recording.listener;
  const sent = (command: Command): Promise<unknown> => recording.note(() => onCommand(target, command)) ?? never();
  const verb = <R>(send: (command: Command) => Promise<R>): CommandVerb<Promise<R>> => createVerb(send, context);
  // Not async: a loop that waits for nothing is thrown out of.
  const run = (command: Command): Promise<CommandResult> => sent(command).then(() => answer(recording, command));
  const reads = <R>(command: Command): Promise<R> => {
    void sent(command);
    return unknown(recording, `the answer of \`${displayText(command)}\``);
  };
  const does = (text: string, path: string): Promise<void> => {
    quotePath(path);
    return sent(toCommand(":", { title: text }, context)).then(() => undefined);
  };
  return {
    run: verb(run),
    capture: verb((command) => reads<string>(command)),
    test: verb((command) => reads<boolean>(command)),
    batch: (inputs) => Promise.all(inputs.map((input) => run(toCommand(input, {}, context)))),
    spawn(input) {
      const command = toCommand(input, {}, context);
      void sent(command);
      return unread<Process>(() => recording.stop(`the rest depends on the process of \`${displayText(command)}\``));
    },
    forward(options) {
      void sent(toCommand(":", { title: describeForward(readForward(options, [...FORWARD_OPTIONS, "scope"])) }, context));
      return Promise.resolve(unread<Tunnel>(() => recording.stop("the rest depends on the port that is forwarded")));
    },
    upload: (local, path) => does(`upload ${local} to ${path}`, path),
    download: (path, local) => does(`download ${path} to ${local}`, path),
    writeFile: (path, content) => does(`write ${path} (${formatBytes(sizeOf(content))})`, path),
    readFile: (path) => reads<string>(toCommand(`cat ${quotePath(path)}`, { title: `read ${path}` }, context)),
    exists: (path) => reads<boolean>(existsCommand(path, context)),
    hasCommand: (name) => reads<boolean>(lookUpCommand(name, context)),
    template(local, path) {
      void does(`fill in ${local} and write it to ${path}, if it differs`, path);
      return unknown(recording, `whether ${path} has changed`);
    },
  };
}

/** The line above says as whom it runs, by what the host has for that. */
function displayText(command: Command): string {
  return displayCommand({ ...command, user: undefined });
}

/** The result of a command that was not sent: whoever reads it asks for what nobody knows. */
function answer(recording: Recording, command: Command): CommandResult {
  return unread<CommandResult>(() => recording.stop(`the rest depends on the answer of \`${displayText(command)}\``));
}

/** What may be had, and not looked into. */
function unread<T extends object>(stop: () => HeldBack): T {
  const ask = (): never => {
    throw stop();
  };
  return new Proxy({} as T, {
    // Whoever awaits a value looks whether it is a promise.
    get: (_, key) => (key === "then" ? undefined : ask()),
    has: ask,
    ownKeys: ask,
  });
}

/** What nobody knows: it ends the recording when somebody waits for it, and not before. */
function unknown<T>(recording: Recording, what: string): Promise<T> {
  return new Unknown<T>(() => recording.stop(`the rest depends on ${what}`));
}

class Unknown<T> extends Promise<T> {
  readonly #onAsked: () => void;

  constructor(onAsked: () => void) {
    super(() => {});
    this.#onAsked = onAsked;
  }

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: to hear of who waits for it is the point
  override then<A = T, B = never>(): Promise<A | B> {
    this.#onAsked();
    return never();
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}

async function asked<T>(task: TaskRun, recording: Recording, text: string, what: string): Promise<T> {
  void recording.note(() => recording.listener.onText(task.host, text));
  recording.stop(`the rest depends on ${what}`);
  return await never();
}

function logger({ target, run }: TaskRun, recording: Recording): Logger {
  const say = (text: unknown): void =>
    void recording.note(() => recording.listener.onText(target, `says: ${run.redact(String(text))}`));
  return Object.freeze({ debug() {}, info: say, warn: say, changed: say, standing: say });
}

/** Settings as they are; what a function states is not kept: it may come from what nobody knows. */
function readOnly({ env }: TaskRun): TaskContext["env"] {
  const none = (): void => {};
  return new Proxy(env.reader as TaskContext["env"], {
    get: (reader, key) => (key === "set" || key === "setForRun" ? none : Reflect.get(reader, key)),
  });
}
