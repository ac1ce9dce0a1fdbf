import type { Command } from "../../command/command.ts";
import { needsChannel } from "../../command/compose.ts";
import type { Host } from "../../hosts/host.ts";
import type { Channel, ChannelRequest } from "../channel.ts";
import type { CommandResult, Connection, ExecOptions, FlightOptions } from "../transport.ts";
import { runExec } from "./exec.ts";
import { type ConnectionParts, runFlight } from "./flight.ts";
import type { Holding } from "./holding.ts";
import { openChannel } from "./open.ts";
import type { ProcessSource } from "./process-source.ts";
import { runSegments } from "./segments.ts";

/** A connection to a host where processes can be started: flights, commands and channels over its `source`. */
export abstract class ProcessConnection implements Connection, ConnectionParts {
  readonly host: Host;
  readonly holding: Holding;
  readonly onNoise: ConnectionParts["onNoise"];
  readonly grace: number | undefined;
  abstract readonly source: ProcessSource;
  abstract readonly closed: Promise<Error | undefined>;
  abstract readonly left: readonly number[];

  constructor(host: Host, { holding, onNoise, grace }: Omit<ConnectionParts, "source">) {
    this.host = host;
    this.holding = holding;
    this.onNoise = onNoise;
    this.grace = grace;
  }

  flight(commands: readonly Command[], options: FlightOptions): Promise<readonly CommandResult[]> {
    const hasPassword = options.sudoPassword !== undefined;
    for (const command of commands) if (needsChannel(command, hasPassword)) return runSegments(commands, options, this);
    return runFlight(this, commands, options);
  }

  /** Commands without input, terminal or password. */
  together(commands: readonly Command[], options: FlightOptions): Promise<readonly CommandResult[]> {
    return runFlight(this, commands, options);
  }

  exec(command: Command, options: ExecOptions): Promise<CommandResult> {
    return runExec(this, command, options);
  }

  open(request: ChannelRequest): Promise<Channel> {
    return openChannel(this, request);
  }

  abstract close(): Promise<void>;
}
