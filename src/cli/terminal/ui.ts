import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { neutralise } from "../../command/neutralise.ts";
import { InterruptedError, UsageError } from "../../errors.ts";
import { createUnattendedUi } from "../../execution/unattended-ui.ts";
import type { Screen } from "../../report/reporter.ts";
import type { Ui } from "../../runner/context.ts";
import { Semaphore } from "../../semaphore.ts";
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
  const turn = new Semaphore(1);
  /** Asks until an answer can be read. */
  const until = <T>(question: string, read: (answer: string) => T | undefined, secret = false): Promise<T> =>
    turn.run(async () => {
      for (;;) {
        const value = read(await readLine(question, secret, options));
        if (value !== undefined) return value;
      }
    });
  return {
    async ask(question, { default: fallback, secret = false } = {}) {
      const shown = fallback === undefined || secret ? question : `${question} [${fallback}]`;
      const prompt = /[?:]$/.test(shown) ? `${shown} ` : `${shown}: `;
      return await until(prompt, (answer) => (answer === "" ? fallback : answer), secret);
    },
    async confirm(question, { default: fallback } = {}) {
      const keys = fallback === undefined ? "y/n" : fallback ? "Y/n" : "y/N";
      return await until(`${question} (${keys}) `, (answer) => {
        const word = answer.trim().toLowerCase();
        if (word === "") return fallback;
        return ["y", "yes"].includes(word) ? true : ["n", "no"].includes(word) ? false : undefined;
      });
    },
    async choice(question, choices, { default: fallback } = {}) {
      const rows = choices.map((choice, index) => `  ${index + 1}) ${choice}${choice === fallback ? " (default)" : ""}\n`);
      return await until(`${question}\n${rows.join("")}> `, (answer) => {
        const word = answer.trim();
        if (word === "" && fallback !== undefined) return fallback;
        return choices.find((choice) => choice === word) ?? choices[Number(word) - 1];
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
