import { UsageError } from "../errors.ts";
import { createUnattendedPrompter } from "../execution/unattended-prompter.ts";
import type { Prompter } from "../runner/prompter.ts";

/** What to answer, by question. */
export type Answers = Readonly<Record<string, string | boolean>>;

/** Answers the questions it knows; others take their default, or fail naming what they ask, as in CI. */
export function createAnsweringPrompter(answers: Answers): Prompter {
  const unattended = createUnattendedPrompter();
  const find = (question: string, about: string | undefined): string | boolean | undefined => {
    const key = [`[${about}] ${question}`, question].find((key) => Object.hasOwn(answers, key));
    return key === undefined ? undefined : answers[key];
  };
  const wrong = (question: string, answer: unknown, right: string): never => {
    throw new UsageError("WRONG_ANSWER", `The answer ${JSON.stringify(answer)} to ${JSON.stringify(question)} must be ${right}.`);
  };
  return {
    async ask(question, options = {}) {
      const answer = find(question, options.about);
      if (typeof answer === "boolean") wrong(question, answer, "a text");
      return answer === undefined ? unattended.ask(question, options) : String(answer);
    },
    async confirm(question, options = {}) {
      const answer = find(question, options.about);
      if (typeof answer === "string") wrong(question, answer, "true or false");
      return answer === undefined ? unattended.confirm(question, options) : answer === true;
    },
    async choice(question, choices, options = {}) {
      const answer = find(question, options.about);
      if (answer === undefined) return unattended.choice(question, choices, options);
      return choices.find((choice) => choice === answer) ?? wrong(question, answer, `one of ${choices.join(", ")}`);
    },
  };
}
