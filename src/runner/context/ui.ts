/** Questions of tasks and verbs: hosts that ask the same share one answer. */
import type { Redactor } from "../../command/redact.ts";
import { Secret } from "../../command/secret.ts";
import { UsageError } from "../../errors.ts";
import { refuseUnknown } from "../../suggest.ts";
import { orAborted } from "../../wait.ts";
import type { Ui } from "../context.ts";
import type { Asking, OpenQuestion, Prompter } from "../prompter.ts";
import type { TaskRun } from "./run.ts";

/** One question, as its task wrote it. */
interface Put {
  readonly each: boolean | undefined;
  /** What makes it the same as another one. */
  readonly is: readonly unknown[];
}

type PutQuestion = <T>(put: Put, ask: (how: Asking) => Promise<T>) => Promise<T>;

/** @param put who asks, and how often: by default each question is put as it comes */
export function createUi(prompter: Prompter, redactor: Redactor, put: PutQuestion = (_, ask) => ask({})): Ui {
  const ask = (
    question: string,
    options: { default?: string | Secret | undefined; secret?: boolean; each?: boolean } = {},
  ): Promise<string | Secret> => {
    const { default: given, secret = false, each } = options;
    const fallback = given instanceof Secret ? given.reveal() : given;
    return put({ each, is: ["ask", question, fallback, secret] }, async (how) => {
      refuseUnknown("ui.ask", options, ["default", "secret", "each"]);
      const answer = await prompter.ask(question, { ...how, default: fallback, secret });
      if (!secret) return answer;
      const typed = new Secret(answer);
      redactor.add(typed);
      return typed;
    });
  };
  return Object.freeze({
    ask: ask as Ui["ask"],
    confirm(question, options = {}) {
      const { default: fallback, each } = options;
      return put({ each, is: ["confirm", question, fallback] }, async (how) => {
        refuseUnknown("ui.confirm", options, ["default", "each"]);
        return await prompter.confirm(question, { ...how, default: fallback });
      });
    },
    choice<T extends string>(
      question: string,
      choices: readonly T[],
      options: { default?: T | undefined; each?: boolean | undefined } = {},
    ) {
      const { default: fallback, each } = options;
      return put({ each, is: ["choice", question, fallback, choices] }, async (how) => {
        refuseUnknown("ui.choice", options, ["default", "each"]);
        refuseNoChoice(question, choices, fallback);
        return (await prompter.choice(question, choices, { ...how, default: fallback })) as T;
      });
    },
  } satisfies Ui);
}

function refuseNoChoice(question: string, choices: unknown, fallback: unknown): void {
  const fail = (what: string, hint?: string): never => {
    throw new UsageError("NO_CHOICE", `ui.choice: ${what}: ${question}`, { hint });
  };
  if (!Array.isArray(choices) || choices.length === 0)
    fail("there is nothing to choose from", "Its second value is a list of texts.");
  else if (fallback !== undefined && !choices.includes(fallback)) fail(`the default ${JSON.stringify(fallback)} is no choice`);
}

/** What a task asks: once for all of its hosts, or for `each` of them. */
export function createTaskUi(task: TaskRun): Ui {
  const { run, target, name } = task;
  const put: PutQuestion = (question, ask) => task.pending.track(shared(task, question, ask));
  if (run.yes !== true) return createUi(run.prompter, run.redactor, put);
  const confirm: Prompter["confirm"] = async (question, { about } = {}) => {
    const host = about === target.id ? about : undefined;
    const shown = about === undefined || about === host ? question : `[${about}] ${question}`;
    run.emit({ kind: "message", level: "info", host, task: name, text: run.redact(`${shown} yes (--yes)`) });
    return true;
  };
  return createUi({ ...run.prompter, confirm }, run.redactor, put);
}

/**
 * Waits for the answer of whoever asked it first. The same question is what the same task asks for the same time: over again, it is
 * another one. A body that is tried again gets the answers that it had; one that nobody gave is asked for again.
 */
async function shared<T>(task: TaskRun, { each, is }: Put, ask: (how: Asking) => Promise<T>): Promise<T> {
  const { run, target, pending, name, time } = task;
  const { start: signal } = task.limits;
  signal.throwIfAborted();
  const own = JSON.stringify([target.id, ...is]);
  const nth = pending.ask(own);
  const key = JSON.stringify([each === true ? [task.host.id, target.id] : "all", name, time, nth, ...is]);
  const question = run.answers.get(key) ?? open(task, each === true, ask);
  run.answers.set(key, question);
  question.waiting += 1;
  try {
    const answer = await orAborted(question.answer, signal);
    question.answered = true;
    return answer as T;
  } finally {
    question.waiting -= 1;
    if (question.waiting === 0 && !question.answered) {
      run.answers.delete(key);
      question.unheard.abort(signal.reason);
    }
  }
}

function open<T>(task: TaskRun, each: boolean, ask: (how: Asking) => Promise<T>): OpenQuestion {
  const unheard = new AbortController();
  const answer = ask({ about: each ? task.target.id : hostsOf(task), signal: unheard.signal });
  return { answer, answered: false, waiting: 0, unheard };
}

/** Names of those that an answer serves, when they are several. */
function hostsOf({ step }: TaskRun): string | undefined {
  const { hosts } = step;
  if (step.local || hosts.length < 2) return undefined;
  return hosts.length > 3 ? `${hosts.length} hosts` : hosts.join(", ");
}
