import type { Duplex } from "node:stream";
import type { Command } from "../../command/command.ts";
import { compose, needsChannel } from "../../command/compose.ts";
import { Secret } from "../../command/secret.ts";
import type { Host } from "../../hosts/host.ts";
import type { Channel, ChannelRequest } from "../channel.ts";
import { skippedResult } from "../command-result.ts";
import type { CommandResult, Connection, ExecOptions, FlightOptions } from "../transport.ts";
import type { Listening, OnConnection, TcpAddress, TunnelOptions } from "../tunnel.ts";
import type { Tunnels } from "../tunnels/tunnels.ts";
import { runExec } from "./exec.ts";
import type { Holding } from "./holding.ts";
import { type KeptText, removeText, toKeptText } from "./kept.ts";
import { openChannel } from "./open.ts";
import { FlightParser } from "./parser.ts";
import { createMarker, flightParts, joinParts, type ScriptCommand } from "./script.ts";
import { runSegments } from "./segments.ts";
import { GUARDED_PRELUDE } from "./start-text.ts";
import { type ConnectionOptions, type ConnectionParts, type ProcessSource, type Started, unlessAborted } from "./started.ts";
import { isShellEnd } from "./unfinished.ts";

/** A connection to a host where processes can be started: flights, commands and channels over its `source`. */
export abstract class ProcessConnection implements Connection, ConnectionParts {
  readonly host: Host;
  readonly holding: Holding;
  readonly options: ConnectionOptions;
  readonly closed: Promise<Error | undefined>;
  abstract readonly source: ProcessSource;
  protected abstract readonly tunnels: Tunnels;
  abstract readonly left: readonly number[];
  /** Settles `closed`. */
  protected settle: (reason: Error | undefined) => void = () => undefined;
  #hasToldHeld = false;

  constructor(host: Host, holding: Holding, options: ConnectionOptions) {
    this.host = host;
    this.holding = holding;
    this.options = options;
    this.closed = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  /**
   * Runs commands on a shell for flights: writes the script, parses what comes, ends the process group when it must, and gives the
   * shell back. Where one of them needs a channel, in parts.
   * @param broken a file that the host keeps, and at which a shell has died: nothing was run, and none is read this time
   */
  async flight(commands: readonly Command[], options: FlightOptions, broken?: KeptText): Promise<readonly CommandResult[]> {
    const { source, holding } = this;
    const { onNoise, grace, kept } = this.options;
    const { signal, onEvent, becomePassword } = options;
    const texts: ScriptCommand[] = [];
    let holds = false;
    let keeps = false;
    for (const command of commands) {
      if (needsChannel(command, becomePassword)) return runSegments(commands, options, this);
      texts.push({ ...command, text: compose(command) });
      holds ||= command.hold !== undefined;
      keeps ||= command.keepText === true;
    }
    if (commands.length === 0) return [];
    const back = (taken: Started): void => source.returnShell(taken, source.shellsStay);
    const shell = await unlessAborted(signal, () => source.takeShell(signal), back);
    if (shell === undefined) return commands.map(skippedResult);
    const { stdin, servesOne = false } = shell.process;
    const stays = source.shellsStay && !servesOne;
    const lead = holds || holding.isHolding ? holding.lead(stdin, commands, stays) : undefined;
    const marker = createMarker();
    const { prelude = source.shellsStay ? undefined : GUARDED_PRELUDE } = shell.process;
    shell.process.prelude = undefined;
    const parts = [prelude?.text ?? "", ...flightParts(texts, marker, { guarded: true, stays, lead })];
    const mayKeep = keeps && broken === undefined && kept?.refused === false && !commands.some(hasSecret);
    const text = mayKeep ? toKeptText(parts, marker) : undefined;
    const parser: FlightParser = new FlightParser({
      commands,
      marker,
      signal,
      onEvent,
      onNoise,
      kill: (request) => shell.end(parser.results, request, grace),
      onKept(has) {
        if (text === undefined || kept === undefined) return;
        if (has) return kept.add(text.id);
        if (kept.has(text.id)) kept.remove(text.id);
        else kept.refuse();
        // Nothing is to be run any more: the shell, which waits, ends with its input.
        if (signal?.aborted === true) stdin.end();
        else stdin.write(joinParts(parts));
      },
    });
    shell.listen(parser);
    const isThere = text !== undefined && kept?.has(text.id) === true;
    const remove = broken === undefined ? "" : removeText(broken);
    stdin.write(
      (prelude?.greeting ?? "") + remove + (text === undefined ? joinParts(parts) : isThere ? text.short() : text.whole()),
    );
    const results = await parser.results;
    if (holds) holding.learn(stdin, results);
    shell.leave();
    source.returnShell(shell, parser.stays);
    if (text === undefined || parser.hasBegun || !isShellEnd(results[0]?.cause)) return results;
    kept?.remove(text.id);
    return this.flight(commands, options, text);
  }

  exec(command: Command, options: ExecOptions): Promise<CommandResult> {
    return runExec(this, command, options);
  }

  open(request: ChannelRequest): Promise<Channel> {
    return openChannel(this, request);
  }

  dial(address: TcpAddress, options: TunnelOptions): Promise<Duplex> {
    return this.tunnels.dial(address, options);
  }

  listen(address: TcpAddress, onConnection: OnConnection, options: TunnelOptions): Promise<Listening> {
    return this.tunnels.listen(address, onConnection, options);
  }

  abstract close(): Promise<void>;

  /** Says, once, that a daemon was started without a thought for the outputs of the command that starts it. */
  protected tellHeld(): void {
    if (this.#hasToldHeld) return;
    this.#hasToldHeld = true;
    const what = `${this.host.id}: what a command left running there holds the command's outputs. Nobody waits for it, and what it prints is lost.`;
    this.options.onWarning?.(`${what} Start it with \`>/dev/null 2>&1 </dev/null &\`, or as a service.`);
  }
}

/** In the clear, as it is sent: nothing of it is to stay on the host, nor in a variable that other commands see. */
function hasSecret({ vars = {} }: Command): boolean {
  for (const name in vars) if (vars[name] instanceof Secret) return true;
  return false;
}
