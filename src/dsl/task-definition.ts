import { parseDuration } from "../command/duration.ts";
import { isThenable } from "../env/values/thenable.ts";
import { FakeError } from "../errors.ts";
import type { TaskOptions } from "../graph/task.ts";
import type { TaskBody } from "../runner/context.ts";
import type { ObjectSchema } from "../schema.ts";
import type { TaskDefinition } from "./app.ts";
import type { ReportMistake } from "./draft.ts";
import { inWords, isRecord } from "./value-words.ts";

/** What stands behind a task's name, taken apart. */
export interface ParsedTask {
  readonly options: TaskOptions;
  readonly args: ObjectSchema | undefined;
  readonly look: TaskDefinition["look"];
  readonly body: TaskBody | undefined;
}

/** Takes `(desc, body)`, `(body)` or `(options, body?)` apart; reports what is none of these. */
export function parseTask(name: string, rest: readonly unknown[], report: ReportMistake): ParsedTask {
  const [first] = rest;
  const definition: TaskDefinition = typeof first === "string" ? { desc: first } : isRecord(first) ? first : {};
  // Only options can do without a body behind them.
  const given = typeof first === "string" ? [rest[1]] : isRecord(first) ? rest.slice(1, 2) : [first];
  const { args, look, commands, receive, sendAhead, states, explain, ...options } = definition;
  if (given.length > 0 && commands !== undefined) report("it has two bodies.", "Give it `commands` or a function, not both.");
  if (typeof first === "function" && rest[1] !== undefined) {
    const right = `Options stand before it: task(${JSON.stringify(name)}, { ... }, body).`;
    report(`${inWords(rest[1])} follows the body, and would be ignored.`, right);
  }
  for (const key of ["timeout", "waitBetween"] as const) checkDuration(key, options[key], report);
  const isArgs = args === undefined || isSchema(args);
  if (!isArgs) report(`args is ${inWords(args)}.`, "It must be a zod object: args: z.object({ to: z.string() }).");
  if (look !== undefined && typeof look !== "function")
    report(`look is ${inWords(look)}.`, "It must be a function: look: async (t) => ({ data, text }).");
  const parsed = { options, look, args: isArgs ? args : undefined };
  const extras = Object.entries({ receive, sendAhead, states, explain }).filter(([, value]) => value !== undefined);
  if (commands === undefined) {
    for (const [key] of extras) report(`${key} has no effect without \`commands\`.`);
    return { ...parsed, body: given.length === 0 ? undefined : parseBody(name, given[0], report) };
  }
  for (const [key, value] of Object.entries({ commands, receive, explain })) {
    if (value !== undefined && typeof value !== "function")
      report(`${key} is ${inWords(value)}.`, `It must be a function: ${key}: (t) => ...`);
  }
  if (states !== undefined && !(Array.isArray(states) && states.every((key) => typeof key === "string")))
    report(`states is ${inWords(states)}.`, 'It must be a list of facts: states: ["releaseState"].');
  return { ...parsed, body: { kind: "commands", commands, ...Object.fromEntries(extras) } as TaskBody };
}

function parseBody(name: string, body: unknown, report: ReportMistake): TaskBody {
  if (typeof body === "function") return { kind: "function", run: body as Extract<TaskBody, { kind: "function" }>["run"] };
  const call = isThenable(body) ? "Pass the function itself, without calling it" : "A body is a function of the task context";
  report(`its body is ${inWords(body)}.`, `${call}: task(${JSON.stringify(name)}, async (t) => { ... }).`);
  // It was meant to have one: nothing more is to be said about that.
  return { kind: "function", run: () => undefined };
}

/** Durations are text that the graph does not read. */
function checkDuration(key: string, time: unknown, report: ReportMistake): void {
  if (typeof time !== "string" && typeof time !== "number") return;
  try {
    if (time !== "" && !(typeof time === "number" && !(time > 0))) parseDuration(time);
  } catch (error) {
    if (!(error instanceof FakeError)) throw error;
    report(`${key}: ${error.message}`, error.hint);
  }
}

/** A zod object, of whichever copy of zod. */
export function isSchema(value: unknown): value is ObjectSchema {
  return isRecord(value) && typeof value["safeParse"] === "function" && isRecord(value["shape"]);
}
