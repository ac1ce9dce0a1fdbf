import { UsageError } from "../errors.ts";
import type { Ui } from "../runner/context.ts";

/** Where there is nobody to ask: questions take their default, or fail naming what they ask. */
export function createUnattendedUi(): Ui {
  return {
    ask: async (question, { default: fallback } = {}) => fallback ?? refuse(question),
    confirm: async (question, { default: fallback } = {}) => fallback ?? refuse(question),
    choice: async (question, _choices, { default: fallback } = {}) => fallback ?? refuse(question),
  };
}

function refuse(question: string): never {
  throw new UsageError("NO_TERMINAL", `There is nobody to ask: ${question}`, {
    hint: "Run it in a terminal, or give the value beforehand: as a setting, an argument of the task, or with -y where a verb asks yes or no.",
  });
}
