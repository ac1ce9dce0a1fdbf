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
  return {
    async ask(question, options = {}) {
      const answer = find(question, options.about);
      return typeof answer === "string" ? answer : unattended.ask(question, options);
    },
    async confirm(question, options = {}) {
      const answer = find(question, options.about);
      return typeof answer === "boolean" ? answer : unattended.confirm(question, options);
    },
    async choice(question, choices, options = {}) {
      const answer = find(question, options.about);
      return choices.find((choice) => choice === answer) ?? unattended.choice(question, choices, options);
    },
  };
}
