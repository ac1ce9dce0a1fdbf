import { createRedactor } from "../../command/redact.ts";
import { HeldBack } from "../../errors.ts";
import type { Screen } from "../../report/reporter.ts";
import type { InterruptSignal } from "../../runner/stop.ts";
import { type CliIo, SHOW_CURSOR } from "./io.ts";
import { findPipedInput } from "./piped-input.ts";

const SIGNALS: readonly InterruptSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

export interface ProcessIo extends CliIo {
  /** Leaves the terminal as it was, and keeps the process no longer for what could be typed. */
  release(): void;
  /** Settles when all that was said is read, or nobody reads any more. */
  written(): Promise<void>;
  /** Why not all that stdout was given could be written: a full disk. A reader that has left is none. */
  unwritten(): Error | undefined;
}

/** What only the program that was started can bring. */
export type ProcessParts = Pick<CliIo, "importModule" | "wrapTransport" | "redirect">;

/** Bytes that may wait to be read before what is for eyes is left out. */
const UNREAD = 4_194_304;

/** The process as the command line sees it. Takes stdout for itself: what others print there goes to stderr. */
export function createProcessIo({ importModule, wrapTransport, redirect }: ProcessParts): ProcessIo {
  const { env } = process;
  const color = wantsColor(env);
  // Node opens a stream when it is first asked for, which takes a while: most commands need one of the three.
  let stdin: NodeJS.ReadStream | undefined;
  const stdout = createScreen(process.stdout, color);
  let stderr: ProcessScreen | undefined;
  return {
    stdin: {
      get isTTY() {
        return process.getBuiltinModule("node:tty").isatty(0);
      },
      get piped() {
        return findPipedInput();
      },
      open() {
        stdin ??= process.stdin;
        return stdin;
      },
    },
    stdout,
    get stderr() {
      stderr ??= createScreen(process.stderr, color);
      return stderr;
    },
    importModule,
    wrapTransport,
    redirect,
    env,
    cwd: process.cwd(),
    redactor: createRedactor(),
    now: () => performance.now(),
    onSignal(callback) {
      const listeners = SIGNALS.map((signal) => [signal, () => callback(signal)] as const);
      for (const [signal, listener] of listeners) process.on(signal, listener);
      return () => {
        for (const [signal, listener] of listeners) process.off(signal, listener);
      };
    },
    onUnheard(callback) {
      // What a dry run holds back, and has told, is none.
      const listener = (thrown: unknown): void => {
        if (!(thrown instanceof HeldBack)) callback(thrown);
      };
      for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, listener);
      return () => {
        for (const event of ["uncaughtException", "unhandledRejection"]) process.off(event, listener);
      };
    },
    release() {
      if (stdin?.isTTY && stdin.isRaw) stdin.setRawMode(false);
      stdin?.unref?.();
      if (stderr?.isTTY && env["TERM"] !== "dumb") stderr.write(SHOW_CURSOR);
    },
    async written() {
      await Promise.all([stdout.written(), stderr?.written()]);
    },
    unwritten: () => faults.get(process.stdout),
  };
}

interface ProcessScreen extends Screen {
  /** Settles when all of it is read, or nobody reads any more. */
  written(): Promise<void>;
}

/** https://no-color.org, https://force-color.org; undefined: as the terminal is. */
function wantsColor(env: NodeJS.ProcessEnv): boolean | undefined {
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  if (env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "") return env["FORCE_COLOR"] !== "0";
  return env["TERM"] === "dumb" ? false : undefined;
}

function createScreen(stream: NodeJS.WriteStream, color: boolean | undefined): ProcessScreen {
  // Taken now: what writes through the stream later is not us.
  const write = stream.write.bind(stream);
  // A process may run the command line more than once.
  if (!stream.listeners("error").includes(noteFault)) stream.on("error", noteFault);
  return {
    write(text) {
      write(text);
    },
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns > 0 ? stream.columns : 80;
    },
    get rows() {
      return stream.rows > 0 ? stream.rows : 24;
    },
    color: color ?? stream.isTTY === true,
    get behind() {
      return stream.writableLength > UNREAD;
    },
    // Told too when the reader has left.
    written: () => new Promise((resolve) => void write("", () => resolve())),
  };
}

const faults = new WeakMap<object, Error>();

/** Where the reader has left (`| head`), or the terminal has gone, there is nobody to tell, and the outcome is the same. */
function noteFault(this: NodeJS.WriteStream, error: NodeJS.ErrnoException): void {
  if (!["EPIPE", "ECONNRESET", "EIO"].includes(error.code ?? "")) faults.set(this, error);
}
