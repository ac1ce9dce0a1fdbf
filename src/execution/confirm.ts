import { ProblemsError, UsageError } from "../errors.ts";
import type { Question } from "../graph/questions.ts";
import type { Prompter } from "../runner/prompter.ts";

export type Confirm = (questions: readonly Question[]) => Promise<void>;

/**
 * Asks what tasks want to have confirmed, each question once, however often it comes up.
 * @throws UsageError `NOT_CONFIRMED` when the answer is no; ProblemsError with all that is open where there is nobody to ask
 */
export function createConfirm(prompter: Prompter): Confirm {
  // Hosts that come to the same question at the same time share its answer.
  const answers = new Map<string, Promise<boolean>>();
  return async (questions) => {
    for (const question of questions) {
      const { key, text, where } = question;
      const open = questions.filter((other) => !answers.has(other.key));
      const answer = answers.get(key) ?? ask(prompter, question, open);
      answers.set(key, answer);
      if (!(await answer))
        throw new UsageError("NOT_CONFIRMED", `Nothing was done, as this was not confirmed: ${text}`, { where });
    }
  };
}

async function ask(prompter: Prompter, { text }: Question, open: readonly Question[]): Promise<boolean> {
  try {
    return await prompter.confirm(text);
  } catch (error) {
    if (!(error instanceof UsageError) || error.code !== "NO_TERMINAL") throw error;
    const problems = open.map(({ text, where }) => ({ message: `There is nobody to confirm: ${text}`, where }));
    const hint = "--yes (-y) answers yes to it beforehand; or run it in a terminal.";
    throw new ProblemsError("NO_TERMINAL", problems, { cause: error, hint });
  }
}
