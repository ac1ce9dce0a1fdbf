import { UsageError } from "../errors.ts";
import type { Ui } from "../runner/context.ts";
import { refuseUnknown } from "../suggest.ts";

/** Where there is nobody to ask: questions take their default, or fail naming what they ask. */
export function createUnattendedUi(): Ui {
  return {
    ask: async (question, { default: fallback } = {}) => fallback ?? refuse(question),
    confirm: async (question, { default: fallback } = {}) => fallback ?? refuse(question),
    choice: async (question, _choices, { default: fallback } = {}) => fallback ?? refuse(question),
  };
}

/** Asks as `ui` does, once it is known what is asked: a default that was mistyped would be none. */
export function checkQuestions(ui: Ui): Ui {
  return {
    async ask(question, options = {}) {
      refuseUnknown("ui.ask", options, ["default", "secret"]);
      return await ui.ask(question, options);
    },
    async confirm(question, options = {}) {
      refuseUnknown("ui.confirm", options, ["default"]);
      return await ui.confirm(question, options);
    },
    async choice(question, choices, options = {}) {
      refuseUnknown("ui.choice", options, ["default"]);
      return await ui.choice(question, choices, options);
    },
  };
}

function refuse(question: string): never {
  throw new UsageError("NO_TERMINAL", `There is nobody to ask: ${question}`, {
    hint: "Run it in a terminal, or give the value beforehand: as a setting, an argument of the task, or with -y where a verb asks yes or no.",
  });
}
