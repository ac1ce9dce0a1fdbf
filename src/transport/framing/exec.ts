import type { Command } from "../../command/command.ts";
import { type ChannelScript, compose, composeForChannel, composeWithSudoPassword } from "../../command/compose.ts";
import type { Secret } from "../../command/secret.ts";
import { skippedResult } from "../command-result.ts";
import type { CommandResult, ExecOptions, FlightOptions } from "../transport.ts";
import type { StartRequest, TerminalRequest } from "./host-process.ts";
import { feedInput } from "./input.ts";
import { FlightParser } from "./parser.ts";
import { createMarker, sayBegun, writeExec } from "./script.ts";
import { createSink } from "./sink.ts";
import { type ConnectionParts, Started, unlessAborted } from "./started.ts";

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
  const script = await composeExec(command, options.sudoPassword, sayBegun(marker));
  const terminal = command.pty === true;
  const request: StartRequest = { terminal: terminal ? TERMINAL : undefined, signal };
  const process = await unlessAborted(
    signal,
    () => parts.source.start(request),
    (taken) => taken.release(),
  );
  if (process === undefined) return skippedResult(command);
  const { stdin, stdout } = process;
  const started = new Started(process);
  const lead = holding.lead(stdin, [command], false);
  const saysBegun = command.user !== undefined;
  const payload = writeExec(script.text, marker, { terminal, saysBegun, lead, hold: command.hold }) + script.input;
  const fail = (cause: Error): void => parser.stop({ status: "failed", cause });
  const sink = options.stdout === undefined ? undefined : createSink(options.stdout, stdout, fail);
  const feed = (): void => feedInput(stdin, command.stdin, { terminal, onError: fail });
  const parser: FlightParser = new FlightParser({
    commands: [command],
    marker,
    signal,
    onEvent,
    onNoise,
    merged: terminal,
    sink: sink?.write,
    onBegun: feed,
    kill(request) {
      sink?.discard();
      return started.end(parser.results, request, grace);
    },
  });
  started.listen(parser);
  // Not before: a start-up file or a forced command takes what it finds.
  started.pid.then((pid) => {
    if (pid === undefined || signal?.aborted === true) return stdin.end();
    stdin.write(payload);
    if (!terminal) feed();
  });
  const results = await parser.results;
  holding.learn(stdin, results);
  started.leave();
  process.release();
  sink?.close();
  return results[0] ?? skippedResult(command);
}

async function composeExec(command: Command, sudoPassword: FlightOptions["sudoPassword"], begun: string): Promise<ChannelScript> {
  const password: Secret | undefined = command.user === undefined ? undefined : await sudoPassword?.();
  return password === undefined ? composeForChannel(command, begun) : composeWithSudoPassword(command, password, begun);
}
