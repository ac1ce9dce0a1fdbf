import type { Command } from "../command/command.ts";
import { compose } from "../command/compose.ts";
import { TaskError, toError } from "../errors.ts";
import type { CommandBody, TaskBody } from "./context.ts";
import type { Item } from "./item.ts";
import type { Pass } from "./pass.ts";
import type { Running } from "./running.ts";
import { settleWithin } from "./settle.ts";
import { createBodyContext } from "./task-context.ts";

/** A task whose commands are written. */
export interface BuiltTask {
  readonly item: Item;
  readonly body: CommandBody<never>;
  readonly commands: readonly Command[];
}

export type Collected =
  /** `awaited`: facts for which the next task waits until this flight is back. */
  | { readonly kind: "tasks"; readonly tasks: readonly BuiltTask[]; readonly awaited: readonly string[] }
  /** The first task's commands could not be written. */
  | { readonly kind: "error"; readonly error: Error }
  /** Told to stop while waiting for a setting. */
  | { readonly kind: "stopped" };

/** A setting that resolves again and again to nothing would be waited for without end. */
const MOST_WAITS = 1000;
const NOTHING: ReadonlySet<string> = new Set();

/**
 * Writes the commands of the task at `from` and of its neighbours that can be sent with it. Where a task needs a value
 * that is not there yet - a setting that is being resolved, a fact that a task before it states - the flight ends.
 * @param foretold facts that nobody has stated, and that count as stated: what a plan takes an earlier flight to bring
 */
export async function collectFlight(
  running: Running,
  pass: Pass,
  items: readonly Item[],
  from: number,
  signal: AbortSignal,
  foretold: ReadonlySet<string> = NOTHING,
): Promise<Collected> {
  const tasks: BuiltTask[] = [];
  let awaited: readonly string[] = [];
  let waits = 0;
  for (let item = items[from]; item !== undefined && mayJoin(running, item, tasks.at(-1)); item = items[from + tasks.length]) {
    const attempt = attemptCommands(running, pass, item);
    if (attempt.kind === "value") {
      // A fact that it looked for in vain may be stated by a task that is still in this flight.
      awaited = attempt.unstated.filter((key) => !foretold.has(key) && tasks.some((task) => mayState(task, key)));
      if (awaited.length > 0) break;
      tasks.push(attempt.value);
      continue;
    }
    // What there is goes first: it may state the fact, or outlast the waiting.
    if (tasks.length > 0) break;
    if (attempt.kind === "error") return attempt;
    if (++waits > MOST_WAITS) return { kind: "error", error: endless(item, attempt.key) };
    const settled = await settleWithin(attempt.until, [{ signal, grace: 0 }]);
    if (settled.kind === "left") return { kind: "stopped" };
  }
  return { kind: "tasks", tasks, awaited };
}

/** True for a task that is not sent together with others: it has a limit of its own. */
export function standsAlone({ options }: Item["step"]["task"]): boolean {
  return options.parallel !== undefined || options.timeout !== undefined || (options.retry ?? 0) > 0;
}

function mayJoin(running: Running, item: Item, last: BuiltTask | undefined): boolean {
  if (last === undefined) return true;
  if (!running.deps.options.fuse || item.session !== last.item.session) return false;
  // Until `receive` has run, nobody knows whether the task succeeded.
  if (last.body.receive !== undefined && last.body.sendAhead !== true) return false;
  return item.step.task.body?.kind === "commands" && !standsAlone(item.step.task) && !standsAlone(last.item.step.task);
}

function mayState({ body: { receive, states } }: BuiltTask, key: string): boolean {
  return receive !== undefined && (states === undefined || states.includes(key));
}

type Attempted =
  | { readonly kind: "value"; readonly value: BuiltTask; readonly unstated: readonly string[] }
  | { readonly kind: "suspended"; readonly key: string; readonly until: Promise<void> }
  | { readonly kind: "error"; readonly error: Error };

function attemptCommands(running: Running, pass: Pass, item: Item): Attempted {
  const body = commandBodyOf(item.step.task.body);
  const context = createBodyContext(running, pass, item);
  try {
    const attempt = item.session.env.attempt(() => body.commands(context as never));
    if (attempt.kind === "unset") return { kind: "error", error: unset(item, attempt.key) };
    if (attempt.kind === "suspended") return attempt;
    return { ...attempt, value: { item, body, commands: checked(item, attempt.value) } };
  } catch (error) {
    return { kind: "error", error: toError(error) };
  }
}

function commandBodyOf(body: TaskBody | undefined): CommandBody<never> {
  return body?.kind === "commands" ? body : { commands: () => [] };
}

/** A command that no shell takes is found here: in a flight it would fail the tasks before it. */
function checked(item: Item, commands: unknown): readonly Command[] {
  const valid = Array.isArray(commands) && commands.every((command) => command?.kind === "command");
  if (!valid) {
    throw new TaskError(`The commands of the task "${item.step.task.name}" are not a list of commands.`, {
      hint: "commands: (t) => [t.cmd`...`, ...]: a list, not a promise, made with t.cmd.",
    });
  }
  for (const command of commands) compose(command);
  return commands;
}

function unset(item: Item, key: string): TaskError {
  return new TaskError(`The task "${item.step.task.name}" reads "${key}", which nothing has stated on ${item.session.id} yet.`, {
    hint: "A task before it states it with env.set or env.setForRun; run it as part of its flow.",
  });
}

function endless(item: Item, key: string): TaskError {
  return new TaskError(`The setting "${key}", which the task "${item.step.task.name}" reads, never keeps its value.`);
}
