import { type Hook, type HookKind, type HookOptions, isTaskRef, nameOf, type Task, type TaskHandle } from "../graph/task.ts";
import type { TaskBody } from "../runner/context.ts";
import { didYouMean } from "../suggest.ts";
import type { Draft, ReportMistake } from "./draft.ts";
import { describeMissed } from "./handles.ts";
import { type ParsedTask, parseTask } from "./task-definition.ts";
import { inWords, isRecord } from "./value-words.ts";

export function addTask(draft: Draft, name: unknown, rest: readonly unknown[]): TaskHandle {
  if (!isName(draft, "task", name)) return toHandle(inWords(name));
  return add(draft, name, parseTask(name, rest, reportOn(draft, `Task "${name}"`, name)));
}

/** A flow's options are those of a task, but for what says how a body runs. */
export function addFlow(draft: Draft, name: unknown, stages: unknown, given: unknown): TaskHandle {
  if (!isName(draft, "flow", name)) return toHandle(inWords(name));
  const report = reportOn(draft, `Flow "${name}"`, name);
  if (given !== undefined && !isRecord(given)) report(`its options are ${inWords(given)}.`);
  const { rollingFrom, ...options } = isRecord(given) ? given : {};
  if (options["commands"] !== undefined) report("it has a body.", "A flow only lists its stages: hook tasks onto them.");
  const parsed = { ...parseTask(name, [{ ...options, commands: undefined }], report), body: undefined };
  if (!Array.isArray(stages)) {
    report(`its stages are ${inWords(stages)}.`, "They are a list of tasks, by handle or by name.");
    return add(draft, name, parsed);
  }
  const names = stages.flatMap((stage, at) => refName(draft, stage, `flow "${name}": stage ${at + 1}`) ?? []);
  return add(draft, name, parsed, { stages: Object.freeze(names), rollingFrom: rollingFrom as string | undefined });
}

/** Options that are given win over those the task has; a body that is given takes the place of its body, or of its stages. */
export function replaceTask(draft: Draft, ref: unknown, rest: readonly unknown[]): TaskHandle {
  const found = refName(draft, ref, "replace: the task");
  if (found === undefined) return toHandle(inWords(ref));
  const old = draft.graph.find(found);
  const name = old?.name ?? found;
  const { options, args, look, body } = parseTask(name, rest, reportOn(draft, `replace("${found}")`, found));
  const parsed = { options: { ...old?.options, ...options }, body: body ?? old?.body };
  draft.graph.replace(toTask(draft, name, parsed, body === undefined ? old : undefined));
  if (args !== undefined) draft.args.set(name, args);
  // What was said of another body is not said of this one.
  if (body !== undefined) draft.looks.delete(name);
  if (look !== undefined) draft.looks.set(name, look);
  return toHandle(name);
}

export function addHook(draft: Draft, kind: HookKind, [target, hook, options]: readonly unknown[]): void {
  const targetName = refName(draft, target, `${kind}: the target`);
  const hookName = refName(draft, hook, `${kind}: the hook`);
  const { flows, last } = hookOptions(draft, kind, options);
  if (targetName === undefined || hookName === undefined) return;
  const added: Hook = { kind, target: targetName, task: hookName, flows, last, where: draft.locate() };
  draft.graph.hook(Object.freeze(added));
}

const HOOK_OPTIONS: readonly string[] = ["flows", "last"] satisfies (keyof HookOptions)[];

/** What is wrong with the options of a hook is reported. */
function hookOptions(draft: Draft, kind: HookKind, options: unknown): Pick<Hook, "flows" | "last"> {
  if (options === undefined) return {};
  const right = `Write ${kind}(target, hook, { flows: ["deploy"] }); what a task is like are options of the task.`;
  if (!isRecord(options)) {
    draft.report(`${kind}: the options are ${inWords(options)}.`, right);
    return {};
  }
  for (const key of Object.keys(options)) {
    if (HOOK_OPTIONS.includes(key)) continue;
    draft.report(`${kind}: a hook has no option ${JSON.stringify(key)}.`, didYouMean(key, HOOK_OPTIONS) ?? right);
  }
  const { flows, last } = options;
  if (last !== undefined && typeof last !== "boolean") draft.report(`${kind}: last is ${inWords(last)}.`, "It is true or false.");
  return { flows: flowsOf(draft, kind, flows, right), last: last === true };
}

/** The flows that a hook is limited to. */
function flowsOf(draft: Draft, kind: HookKind, flows: unknown, right: string): readonly string[] | undefined {
  if (flows === undefined) return undefined;
  if (!Array.isArray(flows) || flows.length === 0) {
    draft.report(`${kind}: flows is ${Array.isArray(flows) ? "an empty list" : inWords(flows)}.`, right);
    return undefined;
  }
  return Object.freeze(flows.flatMap((flow, at) => refName(draft, flow, `${kind}: flow ${at + 1}`) ?? []));
}

function add(draft: Draft, name: string, parsed: ParsedTask, flow?: FlowParts): TaskHandle {
  // The first task of a name stays, and so does its schema.
  if (parsed.args !== undefined && !draft.args.has(name)) draft.args.set(name, parsed.args);
  if (parsed.look !== undefined && !draft.looks.has(name)) draft.looks.set(name, parsed.look);
  draft.graph.add(toTask(draft, name, parsed, flow));
  return toHandle(name);
}

type FlowParts = Pick<Task, "stages" | "rollingFrom">;

function toTask(
  draft: Draft,
  name: string,
  { options, body }: Pick<ParsedTask, "options" | "body">,
  { stages, rollingFrom }: FlowParts = { stages: undefined, rollingFrom: undefined },
): Task<TaskBody> {
  return Object.freeze({
    kind: "task",
    name,
    options: Object.freeze(options),
    body,
    stages,
    rollingFrom,
    where: draft.locate(),
  });
}

function toHandle(name: string): TaskHandle {
  return Object.freeze({ kind: "task", name });
}

function isName(draft: Draft, member: string, name: unknown): name is string {
  if (typeof name === "string") return true;
  draft.report(`${member}: the name is ${inWords(name)}.`, `It comes first: ${member}("name", ...).`);
  return false;
}

/** The name of a task that is referred to; undefined, and reported, when it is nothing of the kind. */
function refName(draft: Draft, ref: unknown, what: string): string | undefined {
  if (isTaskRef(ref)) return nameOf(ref);
  if (ref === undefined && draft.handlesAreLost) return undefined;
  draft.report(`${what} is ${inWords(ref)}.`, refHint(draft, ref));
  return undefined;
}

function refHint(draft: Draft, ref: unknown): string {
  if (ref === undefined) return describeMissed(draft.missed);
  if (typeof ref === "function") return 'Make it a task: task("name", async (t) => { ... }) gives the handle to pass.';
  return "Pass the handle that `task`, `flow` or `use` gives, or a task's name.";
}

function reportOn(draft: Draft, label: string, name: string): ReportMistake {
  return (text, hint) => draft.report(`${label}: ${text}`, hint, name);
}
