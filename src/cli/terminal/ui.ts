import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { neutralise } from "../../command/neutralise.ts";
import { InterruptedError, UsageError } from "../../errors.ts";
import { createUnattendedUi } from "../../execution/unattended-ui.ts";
import type { Screen } from "../../report/reporter.ts";
import type { Ui } from "../../runner/context.ts";
import type { CliInput } from "./io.ts";

export interface UiOptions {
  readonly stdin: CliInput;
  /** Where questions are asked. */
  readonly screen: Screen;
  /** Without a person to ask, questions take their default, or fail. */
  readonly interactive: boolean;
  /** ctrl-C was typed at a question. */
  onInterrupt(): void;
  /** The screen is needed for a question. */
  onPrompt?(state: "opened" | "closed"): void;
}

/** Asks one question at a time, however many hosts want to know something. */
export function createUi(options: UiOptions): Ui {
  if (!options.interactive) return createUnattendedUi();
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = async <T>(ask: () => Promise<T>): Promise<T> => {
    const mine = last.then(ask, ask);
    last = mine.catch(() => undefined);
    return await mine;
  };
  const line = (question: string, secret: boolean): Promise<string> => readLine(question, secret, options);
  return {
    async ask(question, { default: fallback, secret = false } = {}) {
      return await inTurn(async () => {
        const shown = fallback === undefined || secret ? question : `${question} [${fallback}]`;
        for (;;) {
          const answer = await line(/[?:]$/.test(shown) ? `${shown} ` : `${shown}: `, secret);
          if (answer !== "") return answer;
          if (fallback !== undefined) return fallback;
        }
      });
    },
    async confirm(question, { default: fallback } = {}) {
      const keys = fallback === undefined ? "y/n" : fallback ? "Y/n" : "y/N";
      return await inTurn(async () => {
        for (;;) {
          const answer = (await line(`${question} (${keys}) `, false)).trim().toLowerCase();
          if (answer === "" && fallback !== undefined) return fallback;
          if (["y", "yes"].includes(answer)) return true;
          if (["n", "no"].includes(answer)) return false;
        }
      });
    },
    async choice(question, choices, { default: fallback } = {}) {
      const rows = choices.map((choice, index) => `  ${index + 1}) ${choice}${choice === fallback ? " (default)" : ""}\n`);
      return await inTurn(async () => {
        for (;;) {
          const answer = (await line(`${question}\n${rows.join("")}> `, false)).trim();
          if (answer === "" && fallback !== undefined) return fallback;
          const chosen = choices.find((choice) => choice === answer) ?? choices[Number(answer) - 1];
          if (chosen !== undefined) return chosen;
        }
      });
    },
  };
}

async function readLine(question: string, secret: boolean, options: UiOptions): Promise<string> {
  const { stdin, screen } = options;
  const echo = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!secret) screen.write(chunk.toString("utf8"));
      done();
    },
  });
  options.onPrompt?.("opened");
  screen.write(neutralise(question));
  const terminal = stdin.isTTY;
  // The prompt is written by us: readline would write it again with each key.
  const reader = createInterface({
    input: stdin.open(),
    output: Object.assign(echo, { columns: screen.columns }),
    terminal,
    prompt: "",
  });
  try {
    return await new Promise<string>((resolve, reject) => {
      reader.once("line", resolve);
      reader.once("SIGINT", () => {
        options.onInterrupt();
        reject(new InterruptedError("SIGINT"));
      });
      reader.once("close", () => reject(new UsageError("NO_ANSWER", `No answer was given to: ${question.trim()}`)));
    });
  } finally {
    reader.close();
    if (secret || !terminal) screen.write("\n");
    options.onPrompt?.("closed");
  }
}
