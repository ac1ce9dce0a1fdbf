import type { Command } from "../../src/command/command.ts";
import type { Host, HostInput } from "../../src/hosts/host.ts";
import { parseHost } from "../../src/hosts/parse-host.ts";
import type { SshTransportOptions } from "../../src/transport/ssh/options.ts";
import { createSshTransport } from "../../src/transport/ssh/transport.ts";
import type { Connection, ConnectOptions, Transport } from "../../src/transport/transport.ts";
import type { SshdFleet } from "./sshd.ts";

export function command(text: string, options: Partial<Command> = {}): Command {
  return { kind: "command", text, ...options };
}

export function host(input: HostInput): Host {
  return parseHost(input);
}

/** The transport as a test needs it: no agent, no home but the fleet's folder, nobody to ask. */
export function fleetTransport(
  fleet: Pick<SshdFleet, "directory" | "sshConfig">,
  options: Partial<SshTransportOptions> = {},
): Transport {
  return createSshTransport({
    env: { PATH: process.env.PATH },
    home: fleet.directory,
    sshConfig: fleet.sshConfig,
    ...options,
  });
}

export function connect(transport: Transport, input: HostInput, options: Partial<ConnectOptions> = {}): Promise<Connection> {
  return transport.connect(host(input), { signal: new AbortController().signal, after: undefined, ...options });
}

/** What a connection attempt fails with. */
export async function refusal(attempt: Promise<Connection>): Promise<Error & { code?: string; hint?: string }> {
  try {
    const connection = await attempt;
    await connection.close();
  } catch (error) {
    return error as Error;
  }
  throw new Error("The connection was not refused.");
}

/** stdout of one command. */
export async function output(connection: Connection, text: string): Promise<string> {
  const [result] = await connection.flight([command(text)], {});
  return `${result?.stdout}${result?.status === "ok" ? "" : ` [${result?.status}] ${result?.stderr} ${result?.cause?.message}`}`;
}
