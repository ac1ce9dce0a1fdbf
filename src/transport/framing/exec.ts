import type { Command } from "../../command/command.ts";
import { type ChannelScript, compose, composeForChannel, composeWithPassword, type Signs } from "../../command/compose.ts";
import type { Secret } from "../../command/secret.ts";
import { skippedResult } from "../command-result.ts";
import type { CommandResult, ExecOptions } from "../transport.ts";
import type { StartRequest, TerminalRequest } from "./host-process.ts";
import { feedInput } from "./input.ts";
import { FlightParser } from "./parser.ts";
import { createMarker, sayBegun, writeExec } from "./script.ts";
import { createSink } from "./sink.ts";
import { type Piece, parsePid, Splitter } from "./splitter.ts";
import { sayPid } from "./start-text.ts";
import { type ConnectionParts, type Listener, Started, unlessAborted } from "./started.ts";

/** No colours, pagers or cursor movements. */
const TERMINAL: TerminalRequest = { type: "dumb", columns: 160, rows: 50 };

/**
 * Runs one command in a process of its own: writes the script, feeds the input behind it, parses what comes, ends the process
 * group when it must.
 * @throws UsageError for a command that cannot be written; what `source` throws
 */
export async function runExec(parts: ConnectionParts, command: Command, options: ExecOptions): Promise<CommandResult> {
  const { holding } = parts;
  const { onNoise, grace } = parts.options;
  const { signal, onEvent } = options;
  compose(command);
  const marker = createMarker();
  const ready = createMarker();
  const password = await options.becomePassword?.(command)?.();
  const script = composeExec(command, password, { begun: sayBegun(marker), ready: sayPid(ready) });
  const terminal = command.pty === true;
  const request: StartRequest = { terminal: terminal ? TERMINAL : undefined, signal };
  const process = await unlessAborted(
    signal,
    () => parts.source.start(request),
    (taken) => taken.release(),
  );
  if (process === undefined) return skippedResult(command);
  // su's is another's, and su needs none to be ended.
  process.sudoPassword = (command.becomeMethod ?? "sudo") === "sudo" ? password : undefined;
  const { stdin, stdout } = process;
  const started = new Started(process);
  const lead = holding.lead(stdin, [command], false);
  const saysBegun = command.user !== undefined;
  const payload = writeExec(script.text, marker, { terminal, saysBegun, lead, hold: command.hold }) + script.input;
  const fail = (cause: Error): void => parser.stop({ status: "failed", cause });
  const sink = options.stdout === undefined ? undefined : createSink(options.stdout, stdout, fail);
  const { later } = script;
  let hasBegun = !terminal && later === undefined;
  const feed = (): void => feedInput(stdin, command.stdin, { terminal, onError: fail });
  const begin = (): void => {
    hasBegun = true;
    if (later !== undefined) stdin.write(later);
    feed();
  };
  const parser: FlightParser = new FlightParser({
    commands: [command],
    marker,
    signal,
    onEvent,
    onNoise,
    merged: terminal,
    sink: sink?.write,
    onBegun: begin,
    kill(request) {
      sink?.discard();
      return started.end(parser.results, request, grace);
    },
  });
  started.listen(later === undefined ? parser : listenForWord(ready, parser, begin));
  // Not before: a start-up file or a forced command takes what it finds.
  started.pid.then((pid) => {
    if (pid === undefined || signal?.aborted === true) return stdin.end();
    stdin.write(payload);
    if (hasBegun) feed();
  });
  const results = await parser.results;
  holding.learn(stdin, results);
  started.leave();
  process.release();
  sink?.close();
  const result = results[0] ?? skippedResult(command);
  return hasBegun ? result : notBegun(result);
}

/** It was not the command that failed: nothing of it was run. That there is no such program is for others to say. */
function notBegun(result: CommandResult): CommandResult {
  const { status, cause, exitCode, command } = result;
  if (status !== "failed" || cause !== undefined || exitCode === 127 || command.user === undefined) return result;
  const { becomeMethod = "sudo", user } = command;
  const password = becomeMethod === "doas" ? "" : `is ${becomeMethod}Password right, and `;
  return { ...result, cause: new Error(`${becomeMethod} has not let it run as ${user}: ${password}may the login user do that?`) };
}

function composeExec(command: Command, password: Secret | undefined, signs: Signs): ChannelScript {
  return password === undefined ? composeForChannel(command, signs) : composeWithPassword(command, password, signs);
}

/** Takes the first line `<word> <pid>` out of stdout, and says when it was there. A word of its own: it may be read on the host. */
function listenForWord(word: string, parser: Listener, onWord: () => void): Listener {
  const splitter = new Splitter(word, parsePid);
  let isThere = false;
  const pass = (pieces: readonly Piece[]): void => {
    for (const piece of pieces) {
      if (piece.kind === "data") parser.push("stdout", piece.bytes);
      if (piece.kind !== "pid") continue;
      isThere = true;
      onWord();
      if (splitter.rest.length > 0) parser.push("stdout", splitter.rest);
    }
  };
  return {
    push(stream, chunk) {
      if (stream === "stdout" && !isThere) pass(splitter.push(chunk));
      else parser.push(stream, chunk);
    },
    close(error) {
      pass(splitter.end());
      parser.close(error);
    },
  };
}
