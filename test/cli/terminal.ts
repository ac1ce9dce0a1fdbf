import { PassThrough } from "node:stream";
import type { CliIo } from "../../src/cli/terminal/io.ts";
import { createRedactor } from "../../src/command/redact.ts";
import type { Screen } from "../../src/report/reporter.ts";
import type { InterruptSignal } from "../../src/runner/stop.ts";

/** A screen that keeps what was written. */
export interface TestScreen extends Screen {
  readonly text: string;
}

export function createTestScreen(isTTY = false): TestScreen {
  let text = "";
  return {
    get text() {
      return text;
    },
    write(chunk) {
      text += chunk;
    },
    isTTY,
    columns: 80,
    rows: 24,
    color: false,
  };
}

export interface TestIo extends CliIo {
  readonly stdout: TestScreen;
  readonly stderr: TestScreen;
  /** What is typed. */
  readonly keys: PassThrough;
  signal(signal: InterruptSignal): void;
}

export interface TestIoOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** All of stdin, stdout and stderr are terminals. @default false */
  readonly terminal?: boolean;
  /** What is piped in. @default nothing */
  readonly input?: NodeJS.ReadableStream;
}

export function createTestIo({ cwd, env = {}, terminal = false, input }: TestIoOptions): TestIo {
  const keys = Object.assign(new PassThrough(), { isTTY: terminal, setRawMode: () => keys });
  const listeners = new Set<(signal: InterruptSignal) => void>();
  let time = 0;
  return {
    stdin: { isTTY: terminal, piped: input === undefined ? undefined : { kind: "stream" }, open: () => input ?? keys },
    keys,
    stdout: createTestScreen(terminal),
    stderr: createTestScreen(terminal),
    env: { HOME: cwd, ...env },
    cwd,
    redactor: createRedactor(),
    importModule: (url) => import(url),
    now: () => {
      time += 1;
      return time;
    },
    onSignal(callback) {
      listeners.add(callback);
      return () => void listeners.delete(callback);
    },
    onUnheard: () => () => undefined,
    signal(signal) {
      for (const listener of [...listeners]) listener(signal);
    },
  };
}
