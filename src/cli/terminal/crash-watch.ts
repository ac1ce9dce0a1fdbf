import { neutralise } from "../../command/neutralise.ts";
import { type ExitCode, toError } from "../../errors.ts";
import { showLocation, whereOf } from "../../source-location.ts";
import { type CliIo, SHOW_CURSOR } from "./io.ts";

/**
 * What user code throws in a timer, or rejects with nobody waiting, must not end the process in the middle of a run: the
 * lock would stay. It is told, and the run ends as a failure. And a process that runs out of things to wait for says so.
 * @returns the exit code of the process when the command line came to `code`
 */
export function watchCrashes(io: CliIo, debug: boolean): (code: ExitCode) => ExitCode {
  let crashed = false;
  let isOver = false;
  const tell = (thrown: unknown): void => {
    crashed = true;
    const error = toError(thrown);
    const shown = (text: string): string => neutralise(io.redactor.redact(text));
    const where = whereOf(error);
    const place = where === undefined ? "" : ` at ${showLocation(where)}`;
    io.stderr.write(`error: ${shown(`${error.name}: ${error.message}`)} (thrown${place} where nobody waits for it)\n`);
    if (debug) io.stderr.write(`${shown(error.stack ?? "")}\n`);
  };
  io.onUnheard(tell);
  process.on("exit", () => {
    if (isOver) return;
    if (io.stderr.isTTY) io.stderr.write(SHOW_CURSOR);
    io.stderr.write("error: Something was waited for that can never come; the run did not end as it should.\n");
    process.exitCode = 1;
  });
  return (code) => {
    isOver = true;
    return crashed && code === 0 ? 1 : code;
  };
}
