import { mkdtempSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type AuthContext, type Connection, type Session } from "ssh2";
import { type ServedCommand, serveCommand } from "../../src/demo/served-command.ts";
import { createSshKeyPair } from "../../src/demo/ssh-key-pair.ts";
import type { SshTransportOptions } from "../../src/transport/ssh/options.ts";
import { createSshTransport } from "../../src/transport/ssh/transport.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { removeHome } from "./home.ts";

export interface TalkerOptions {
  /** How it introduces itself. @default "OpenSSH_9.9 test" */
  readonly ident?: string;
  /** Answers a login attempt. @default takes every key */
  readonly authenticate?: (attempt: AuthContext) => void;
  /** Answers the request for a session; true: it did, and nothing more is to be done. */
  readonly onSession?: (connection: Connection, reject: () => void) => boolean;
  /** Answers the request to run something, as `onSession` does. */
  readonly onExec?: (reject: () => void) => boolean;
  /** Sees each connection when it comes. */
  readonly onConnection?: (connection: Connection) => void;
}

/** An SSH server that writes down what it is asked, in order. What it runs, it runs in `/bin/sh`. */
export interface Talker {
  readonly directory: string;
  readonly port: number;
  /** Of all connections: `query TYPE`, `signature TYPE`, other methods by name, `session`, `exec`. */
  readonly heard: string[];
  /** `config`: lines of the ssh config in front of the ones that lead here. `knownKey`: what known_hosts has. @default its own */
  transport(config: readonly string[], options?: Partial<SshTransportOptions> & { readonly knownKey?: string }): Transport;
  stop(): Promise<void>;
}

export async function startTalker(options: TalkerOptions = {}): Promise<Talker> {
  const directory = mkdtempSync(join(tmpdir(), "fake-talker-"));
  const heard: string[] = [];
  const hostKey = createSshKeyPair();
  const connections = new Set<Connection>();
  const commands = new Set<ServedCommand>();
  const authenticate =
    options.authenticate ?? ((attempt) => (attempt.method === "publickey" ? attempt.accept() : attempt.reject()));
  const ident = options.ident ?? "OpenSSH_9.9 test";
  const server = new ssh2.Server({ ident, hostKeys: [hostKey.privateKey] }, (connection) => {
    connections.add(connection);
    options.onConnection?.(connection);
    connection.on("error", () => undefined).on("close", () => connections.delete(connection));
    connection.on("authentication", (attempt) => {
      heard.push(describe(attempt));
      authenticate(attempt);
    });
    connection.on("session", (accept, reject) => {
      heard.push("session");
      if (options.onSession?.(connection, reject) !== true) serve(accept(), directory, heard, commands, options);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    directory,
    port,
    heard,
    transport(config, { knownKey = hostKey.publicKey, ...more } = {}) {
      const file = join(directory, "ssh_config");
      const known = join(directory, "known_hosts");
      writeFileSync(known, `[127.0.0.1]:${port} ${knownKey.split(" ").slice(0, 2).join(" ")}\n`);
      const lines = ["Host app", ...config, "HostName 127.0.0.1", `Port ${port}`, "User me", `UserKnownHostsFile ${known}`];
      writeFileSync(file, `${[...lines, "IdentityFile none"].join("\n")}\n`);
      return createSshTransport({ env: { PATH: process.env.PATH }, home: directory, sshConfig: file, ...more });
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const command of commands) command.end();
      for (const connection of connections) connection.end();
      await closed;
      await removeHome(directory);
    },
  };
}

function describe(attempt: AuthContext): string {
  if (attempt.method !== "publickey") return attempt.method;
  return `${attempt.signature === undefined ? "query" : "signature"} ${attempt.key.algo}`;
}

function serve(session: Session, home: string, heard: string[], commands: Set<ServedCommand>, { onExec }: TalkerOptions): void {
  session.on("exec", (accept, reject, info) => {
    heard.push("exec");
    if (onExec?.(reject) === true) return;
    const command = serveCommand(info.command, accept(), { home });
    commands.add(command);
    command.done.then(() => commands.delete(command));
  });
}
