/** Work of this program that looks like a process: what processes can do, it can, too. */
import { constants } from "node:os";
import { PassThrough, Writable } from "node:stream";
import { ConnectError, FakeError, toError } from "../../errors.ts";
import type { Channel, ChannelEnd } from "../../transport/channel.ts";

/** Signals that end it; others mean nothing to it. */
const ENDING: ReadonlySet<string> = new Set(["SIGHUP", "SIGINT", "SIGQUIT", "SIGKILL", "SIGTERM"]);

/** @param work says what it has done, to be its output; what it throws is its error output, and exit code 1 */
export function openWork(work: (signal: AbortSignal) => Promise<string>, outer?: AbortSignal): Channel {
  const stop = new AbortController();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  let stopped: NodeJS.Signals | undefined;
  const live = async (): Promise<ChannelEnd> => {
    try {
      const signal = outer === undefined ? stop.signal : AbortSignal.any([stop.signal, outer]);
      stdout.write(`${await work(signal)}\n`);
      return { exitCode: 0, signal: undefined };
    } catch (thrown) {
      if (stopped !== undefined) return { exitCode: 128 + (constants.signals[stopped] ?? 0), signal: stopped };
      const error = toError(thrown);
      const hint = error instanceof FakeError && error.hint !== undefined ? `\n${error.hint}` : "";
      stderr.write(`${error.message}${hint}\n`);
      if (error instanceof ConnectError) return { exitCode: undefined, signal: undefined, cause: error };
      return { exitCode: 1, signal: undefined };
    } finally {
      stdout.end();
      stderr.end();
    }
  };
  const ended = live();
  const end = (name: NodeJS.Signals): void => {
    stopped ??= name;
    stop.abort(new Error(`It was ended by ${name}.`));
  };
  return {
    stdin: new Writable({ write: (_chunk, _encoding, done) => done() }),
    stdout,
    stderr,
    // Of a transfer: this program's.
    pid: process.pid,
    ended,
    signal: async (name) => {
      if (ENDING.has(name)) end(name);
    },
    catchUp: async () => undefined,
    resize: async () => undefined,
    close: () => end("SIGHUP"),
  };
}
