/** Sends nothing: every command succeeds without output. What would run is in the events. */
import type { Command } from "../../command/command.ts";
import { compose } from "../../command/compose.ts";
import { ConnectError, UsageError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import { skippedResult, toResult } from "../command-result.ts";
import type { CommandResult, Connection, FlightOptions, Transport } from "../transport.ts";

export function createDryRunTransport(): Transport {
  const connections = new Set<Connection>();
  return {
    name: "dry-run",
    async connect(host, { signal }) {
      if (signal.aborted) throw new ConnectError("CONNECT_ABORTED", host.name, "The connection was no longer wanted.");
      const connection = createConnection(host);
      connections.add(connection);
      return connection;
    },
    async close() {
      await Promise.all([...connections].map((connection) => connection.close()));
    },
  };
}

function createConnection(host: Host): Connection {
  let open = true;
  let settle: (reason: undefined) => void = () => {};
  const closed = new Promise<undefined>((resolve) => {
    settle = resolve;
  });
  const pretend = (command: Command, index: number, options: FlightOptions): CommandResult => {
    if (!open) throw new ConnectError("CONNECTION_CLOSED", host.name, "The connection was closed.");
    return options.signal?.aborted === true ? skippedResult(command) : succeed(command, index, options);
  };
  return {
    host,
    closed,
    left: [],
    async flight(commands, options) {
      commands.forEach(compose);
      return commands.map((command, index) => pretend(command, index, options));
    },
    async exec(command, options) {
      compose(command);
      return pretend(command, 0, options);
    },
    /** Nobody is there who could answer. */
    async open() {
      throw new UsageError("DRY_RUN_CHANNEL", "A dry run starts no processes on hosts.");
    },
    async close() {
      open = false;
      settle(undefined);
    },
  };
}

function succeed(command: Command, index: number, options: FlightOptions): CommandResult {
  options.onEvent?.({ kind: "started", index });
  const result = toResult(command, { exitStatus: 0 }, { stdout: "", stderr: "", truncated: false }, 0);
  options.onEvent?.({ kind: "finished", index, result });
  return result;
}
