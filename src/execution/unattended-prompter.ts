import { UsageError } from "../errors.ts";
import type { Prompter } from "../runner/prompter.ts";

/** Where there is nobody to ask: questions take their default, or fail naming what they ask. */
export function createUnattendedPrompter(): Prompter {
  return {
    ask: async (question, { default: fallback } = {}) => fallback ?? refuse(question, VALUE),
    confirm: async (question, { default: fallback } = {}) => fallback ?? refuse(question, YES),
    choice: async (question, _choices, { default: fallback } = {}) => fallback ?? refuse(question, VALUE),
  };
}

const YES = "--yes (-y) answers yes to it, and to all others; a question with a `default` takes that. Or run it in a terminal.";
const VALUE =
  "Run it in a terminal; or give the question a `default`, or read the value from a setting (-s KEY=VALUE) or from an argument of the task.";

function refuse(question: string, hint: string): never {
  throw new UsageError("NO_TERMINAL", `There is nobody to ask: ${question}`, { hint });
}
