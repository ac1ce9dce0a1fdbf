import { createUnattendedUi } from "../execution/unattended-ui.ts";
import type { Ui } from "../runner/context.ts";

/** What to answer, by question. */
export type Answers = Readonly<Record<string, string | boolean>>;

/** Answers the questions it knows; others take their default, or fail naming what they ask, as in CI. */
export function createAnsweringUi(answers: Answers): Ui {
  const unattended = createUnattendedUi();
  const find = (question: string): string | boolean | undefined =>
    Object.hasOwn(answers, question) ? answers[question] : undefined;
  return {
    async ask(question, options) {
      const answer = find(question);
      return typeof answer === "string" ? answer : unattended.ask(question, options);
    },
    async confirm(question, options) {
      const answer = find(question);
      return typeof answer === "boolean" ? answer : unattended.confirm(question, options);
    },
    async choice(question, choices, options) {
      const answer = find(question);
      return choices.find((choice) => choice === answer) ?? unattended.choice(question, choices, options);
    },
  };
}
