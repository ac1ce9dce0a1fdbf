import type { Command } from "../../command/command.ts";
import type { Host } from "../../hosts/host.ts";
import type { Channel, ChannelRequest } from "../channel.ts";
import type { CommandResult, Connection, ExecOptions, FlightOptions } from "../transport.ts";
import { runExec } from "./exec.ts";
import { type ConnectionParts, runFlight } from "./flight.ts";
import { openChannel } from "./open.ts";
import { needsChannel, runSegments } from "./segments.ts";

/** A connection to a host where processes can be started: flights, commands and channels over its `source`. */
export abstract class ProcessConnection implements Connection {
  readonly host: Host;
  readonly parts: ConnectionParts;
  abstract readonly closed: Promise<Error | undefined>;
  abstract readonly left: readonly number[];

  constructor(host: Host, parts: ConnectionParts) {
    this.host = host;
    this.parts = parts;
  }

  flight(commands: readonly Command[], options: FlightOptions): Promise<readonly CommandResult[]> {
    const hasPassword = options.sudoPassword !== undefined;
    for (const command of commands) if (needsChannel(command, hasPassword)) return runSegments(commands, options, this);
    return runFlight(this.parts, commands, options);
  }

  /** Commands without input, terminal or password. */
  together(commands: readonly Command[], options: FlightOptions): Promise<readonly CommandResult[]> {
    return runFlight(this.parts, commands, options);
  }

  exec(command: Command, options: ExecOptions): Promise<CommandResult> {
    return runExec(this.parts, command, options);
  }

  open(request: ChannelRequest): Promise<Channel> {
    return openChannel(this.parts, request);
  }

  abstract close(): Promise<void>;
}
