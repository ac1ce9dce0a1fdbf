import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { neutralise } from "../../command/neutralise.ts";
import type { Redactor } from "../../command/redact.ts";
import { InterruptedError, UsageError } from "../../errors.ts";
import { createUnattendedPrompter } from "../../execution/unattended-prompter.ts";
import type { Screen } from "../../report/reporter.ts";
import type { Asking, Prompter } from "../../runner/prompter.ts";
import { Semaphore } from "../../semaphore.ts";
import { onAbort } from "../../wait.ts";
import type { CliInput } from "./io.ts";

export interface PrompterOptions {
  readonly stdin: CliInput;
  /** Where questions are asked. */
  readonly screen: Screen;
  readonly redactor: Redactor;
  /** Without a person to ask, questions take their default, or fail. */
  readonly interactive: boolean;
  /** ctrl-C was typed at a question. */
  onInterrupt(): void;
  /** The screen is needed for a question. */
  onPrompt?(state: "opened" | "closed"): void;
}

/** Asks one question at a time, however many hosts want to know something. */
export function createPrompter(options: PrompterOptions): Prompter {
  if (!options.interactive) return createUnattendedPrompter();
  const turn = new Semaphore(1);
  /** Asks until an answer can be read. */
  const until = <T>(question: string, read: (answer: string) => T | undefined, how: Asking, secret = false): Promise<T> => {
    const shown = how.about === undefined ? question : `[${how.about}] ${question}`;
    return turn.run(async () => {
      for (;;) {
        const value = read(await readLine(shown, { ...options, secret, signal: how.signal }));
        if (value !== undefined) return value;
      }
    }, how.signal);
  };
  return {
    async ask(question, { default: fallback, secret = false, ...how } = {}) {
      const shown = fallback === undefined || secret ? question : `${question} [${fallback}]`;
      const prompt = /[?:]$/.test(shown) ? `${shown} ` : `${shown}: `;
      return await until(prompt, (answer) => (answer === "" ? fallback : answer), how, secret);
    },
    async confirm(question, { default: fallback, ...how } = {}) {
      const keys = fallback === undefined ? "y/n" : fallback ? "Y/n" : "y/N";
      const read = (answer: string): boolean | undefined => {
        const word = answer.trim().toLowerCase();
        if (word === "") return fallback;
        return ["y", "yes"].includes(word) ? true : ["n", "no"].includes(word) ? false : undefined;
      };
      return await until(`${question} (${keys}) `, read, how);
    },
    async choice(question, choices, { default: fallback, ...how } = {}) {
      const rows = choices.map((choice, index) => `  ${index + 1}) ${choice}${choice === fallback ? " (default)" : ""}\n`);
      const read = (answer: string): string | undefined => {
        const word = answer.trim();
        if (word === "" && fallback !== undefined) return fallback;
        return choices.find((choice) => choice === word) ?? choices[Number(word) - 1];
      };
      return await until(`${question}\n${rows.join("")}> `, read, how);
    },
  };
}

type LineOptions = PrompterOptions & { readonly secret: boolean; readonly signal: AbortSignal | undefined };

async function readLine(question: string, options: LineOptions): Promise<string> {
  const { stdin, screen, redactor, secret, signal } = options;
  const echo = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!secret) screen.write(chunk.toString("utf8"));
      done();
    },
  });
  options.onPrompt?.("opened");
  const terminal = stdin.isTTY;
  // The prompt is written by us: readline would write it again with each key.
  const reader = createInterface({
    input: stdin.open(),
    output: Object.assign(echo, { columns: screen.columns }),
    terminal,
    prompt: "",
  });
  // Not before: until now the terminal shows by itself what is typed, a secret too.
  screen.write(neutralise(redactor.redact(question)));
  let isTyped = false;
  let stop = (): void => {};
  try {
    return await new Promise<string>((resolve, reject) => {
      reader.once("line", (line) => {
        isTyped = true;
        resolve(line);
      });
      reader.once("SIGINT", () => {
        options.onInterrupt();
        reject(new InterruptedError("SIGINT"));
      });
      reader.once("close", () => reject(new UsageError("NO_ANSWER", `No answer was given to: ${question.trim()}`)));
      // Nobody waits for it any more: what is told next is not to hang on it.
      if (signal !== undefined) stop = onAbort(signal, () => reject(signal.reason));
    });
  } finally {
    stop();
    reader.close();
    if (secret || !terminal || !isTyped) screen.write("\n");
    options.onPrompt?.("closed");
  }
}
