import { inspect } from "node:util";
import type { Problem } from "../errors.ts";
import { didYouMean } from "../suggest.ts";
import { isTaskRef, type Task, type TaskOptions } from "./task.ts";

/** What an option must be, said when it is not. */
type Check = readonly [right: string, isRight: (value: unknown) => boolean];

const isText = (value: unknown): boolean => typeof value === "string" && value.trim() !== "";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isText);
const isWhole = (value: unknown, least: number): boolean => Number.isInteger(value) && (value as number) >= least;

const FLAG: Check = ["must be true or false", (value) => typeof value === "boolean"];
const TEXTS: Check = ["must be a list of texts, with at least one", isTexts];

const CHECKS: { readonly [K in keyof Required<TaskOptions>]: Check } = {
  desc: ["must be a text", (value) => typeof value === "string"],
  roles: ["must be the name of a role, or a list of them", (value) => isText(value) || isTexts(value)],
  hosts: TEXTS,
  once: ['must be "run" or "role"', (value) => value === "run" || value === "role"],
  local: FLAG,
  needs: ["must be a list of tasks, by handle or by name", (value) => Array.isArray(value) && value.every(isTaskRef)],
  aliases: TEXTS,
  hidden: FLAG,
  notAlone: ["must be a text", isText],
  confirm: ["must be a question, or true", (value) => isText(value) || typeof value === "boolean"],
  timeout: [
    'must be a number of milliseconds above 0, or a text such as "5m"',
    (value) => isText(value) || (Number.isFinite(value) && (value as number) > 0),
  ],
  parallel: ["must be a whole number of 1 or more", (value) => typeof value === "function" || isWhole(value, 1)],
  waitBetween: [
    'must be a number of milliseconds above 0, or a text such as "10s"',
    (value) => isText(value) || (Number.isFinite(value) && (value as number) > 0),
  ],
  retry: ["must be a whole number of 0 or more", (value) => isWhole(value, 0)],
  repeat: FLAG,
  readOnly: FLAG,
  barrier: FLAG,
  leaderFirst: FLAG,
  sets: ["must be a function of the arguments", (value) => typeof value === "function"],
  prefetch: ["must be a list of settings", (value) => Array.isArray(value) && value.every(isText)],
};

/** Options about how a body runs. */
const NEED_A_BODY = ["roles", "once", "local", "timeout", "parallel", "waitBetween", "retry", "leaderFirst", "readOnly"] as const;
/** Options about which hosts are used, and how: a local task has none. */
const NEED_HOSTS = ["roles", "parallel", "waitBetween", "leaderFirst"] as const;

/** Options of one task that are unknown, not what they must be, or have no effect. */
export function findOptionProblems(task: Task): Problem[] {
  const label = `${task.stages === undefined ? "Task" : "Flow"} "${task.name}"`;
  const problems: Problem[] = [];
  const report = (text: string, hint?: string): void => {
    problems.push({ message: `${label}${text}`, subject: task.name, where: task.where, hint });
  };
  for (const key of Object.keys(task.options)) {
    const value = task.options[key as keyof TaskOptions];
    if (value === undefined) continue;
    const check = Object.hasOwn(CHECKS, key) ? CHECKS[key as keyof TaskOptions] : undefined;
    if (check === undefined)
      report(
        ` has the unknown option "${key}".`,
        didYouMean(key, Object.keys(CHECKS)) ?? `Options are: ${Object.keys(CHECKS).join(", ")}.`,
      );
    else if (!check[1](value)) report(`: ${key} ${check[0]}, not ${show(value)}.`);
  }
  for (const [key, why] of findIdle(task)) report(`: ${key} has no effect, because ${why}.`);
  if (task.options.once === "role" && task.options.roles === undefined) report(': once: "role" needs roles to choose a host of.');
  if (task.stages !== undefined) for (const text of findStageMistakes(task.stages, task.rollingFrom)) report(text);
  return problems;
}

/** A list option as a list, whatever was given: what is wrong with it is reported by its check. */
export function listOf<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? (value.filter(isTaskRef) as T[]) : [];
}

type Idle = readonly [key: keyof TaskOptions, why: string];

function findIdle({ options, body, stages }: Task): Idle[] {
  const isOn = (key: keyof TaskOptions): boolean => options[key] !== undefined && options[key] !== false;
  const idle = (keys: readonly (keyof TaskOptions)[], why: string): Idle[] => keys.filter(isOn).map((key) => [key, why]);
  if (stages !== undefined) return idle(NEED_A_BODY, "a flow has no body of its own");
  if (body === undefined) return idle(NEED_A_BODY, "the task has no body");
  if (options.local === true) return idle(NEED_HOSTS, "a local task runs once, on no host");
  if (isOn("waitBetween") && !isOn("parallel"))
    return idle(["waitBetween"], "all hosts are in it at once: `parallel` says how many");
  return options.once === "run" ? idle(["leaderFirst", "parallel", "waitBetween"], "the task runs on one host only") : [];
}

function findStageMistakes(stages: readonly string[], rollingFrom: string | undefined): string[] {
  const twice = stages.filter((stage, at) => stages.indexOf(stage) < at);
  const isMissing = rollingFrom !== undefined && !stages.includes(rollingFrom);
  return [
    ...(stages.length === 0 ? [" has no stages."] : []),
    ...[...new Set(twice)].map((stage) => ` has the stage "${stage}" twice.`),
    ...(isMissing ? [` rolls from "${rollingFrom}", which is none of its stages (${stages.join(", ")}).`] : []),
  ];
}

function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (value instanceof Promise) return "a promise";
  return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 60, maxArrayLength: 5 });
}
