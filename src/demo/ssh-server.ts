/**
 * A throwaway SSH server in this process, on the loopback interface: login with a public key, commands in `/bin/sh`, a home
 * directory of its own. No terminal, no file transfer, no forwarding. For `fake demo` and for tests where there is no sshd.
 */
import type { AddressInfo, Socket } from "node:net";
import ssh2, { type AuthContext, type Connection, type ParsedKey, type Session } from "ssh2";
import { type ServedCommand, serveCommand } from "./served-command.ts";
import { createSshKeyPair } from "./ssh-key-pair.ts";

export interface SshServerOptions {
  /** Where commands start, and `$HOME`. */
  readonly home: string;
  /** Who may log in: lines of an authorized_keys file, without options. Any user name will do. */
  readonly authorizedKeys: readonly string[];
  /** Environment of commands. @default PATH alone */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

export interface SshServer {
  readonly address: "127.0.0.1";
  readonly port: number;
  /** The public host key as known_hosts has it: type and key. */
  readonly hostKey: string;
  /** Ends all connections and what still runs in them. */
  close(): Promise<void>;
}

/** Decides whether a login attempt gets in. The default takes authorized keys only. */
export type Authenticate = (attempt: AuthContext) => void;

export async function startSshServer(options: SshServerOptions, authenticate?: Authenticate): Promise<SshServer> {
  const hostKey = createSshKeyPair();
  const { server, end } = createServer(hostKey.privateKey, options, authenticate);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: "127.0.0.1",
    port,
    hostKey: hostKey.publicKey,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      end();
      await closed;
    },
  };
}

/** Serves one connection that somebody else has taken, with the private key of the host. */
export function serveSocket(socket: Socket, hostKey: string, options: SshServerOptions): void {
  createServer(hostKey, options).server.injectSocket(socket);
}

function createServer(hostKey: string, options: SshServerOptions, authenticate?: Authenticate) {
  const connections = new Set<Connection>();
  const commands = new Set<ServedCommand>();
  const check = authenticate ?? createKeyCheck(options.authorizedKeys);
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connections.add(connection);
    connection.on("close", () => connections.delete(connection));
    // A client that vanishes is no event here.
    connection.on("error", () => undefined);
    connection.on("authentication", check);
    connection.on("session", (accept) => serveSession(accept(), options, commands));
  });
  const end = (): void => {
    for (const command of commands) command.end();
    for (const connection of connections) connection.end();
  };
  return { server, end };
}

function serveSession(session: Session, options: SshServerOptions, commands: Set<ServedCommand>): void {
  session.on("exec", (accept, _reject, info) => {
    const command = serveCommand(info.command, accept(), options);
    commands.add(command);
    command.done.then(() => commands.delete(command));
  });
  for (const request of ["pty", "shell", "auth-agent", "x11", "sftp"] as const) {
    session.on(request, (_accept: unknown, reject?: () => void) => reject?.());
  }
}

function createKeyCheck(lines: readonly string[]): Authenticate {
  const authorized = lines.map((line) => ssh2.utils.parseKey(line) as ParsedKey);
  return (attempt) => {
    if (attempt.method !== "publickey") return attempt.reject(["publickey"]);
    const { signature, blob } = attempt;
    const key = authorized.find((known) => known.getPublicSSH().equals(attempt.key.data));
    // Without a signature it is only the question whether the key would do.
    const isHeld = signature === undefined || (blob !== undefined && key?.verify(blob, signature, attempt.hashAlgo) === true);
    if (key !== undefined && isHeld) attempt.accept();
    else attempt.reject(["publickey"]);
  };
}
