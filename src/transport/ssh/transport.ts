import { findHome, findUser } from "../../home.ts";
import type { Transport } from "../transport.ts";
import { createSshConfigSource } from "./config/ssh-config-source.ts";
import type { Dialer, SshConnection } from "./connection.ts";
import { notesWritten } from "./host-notes.ts";
import type { SshScope, SshTransportOptions } from "./options.ts";

/**
 * Hosts over SSH, in this process. The protocol's implementation is big: it is read while ssh says what is configured.
 * @throws UsageError when `sshConfig` cannot be read.
 */
export function createSshTransport(options: SshTransportOptions): Transport {
  return createTransport("ssh", options, async (scope) => {
    // Not before ssh, and whatever else was started in this turn of the event loop: loading leaves them no time to start.
    await new Promise((resolve) => setImmediate(resolve));
    const { createDialer } = await import("./dialer.ts");
    return createDialer(scope);
  });
}

/**
 * A transport over SSH, whoever speaks it. `load` is called for the first connection.
 * @throws UsageError when `sshConfig` cannot be read.
 */
export function createTransport(
  name: string,
  options: SshTransportOptions,
  load: (scope: SshScope) => Promise<Dialer>,
): Transport {
  const { env, sshConfig: file, ssh } = options;
  const { home = findHome(env), localUser = findUser()?.username ?? "" } = options;
  const config = options.config ?? createSshConfigSource({ home, localUser, env, file, ssh });
  const connections = new Set<SshConnection>();
  let dialer: Promise<Dialer> | undefined;
  return {
    name,
    async connect(host, request) {
      const query = { host: host.id, name: host.address, user: host.user ?? request.user, port: host.port };
      // Its answer is kept for the dialer, and so is its error.
      config.resolve(query).catch(() => undefined);
      dialer ??= load({ ...options, home, localUser, config });
      const connection = await (await dialer).connect(host, query, request);
      connections.add(connection);
      connection.closed.then(() => connections.delete(connection));
      if (request.after !== undefined) await connection.outwait(request.after, request.signal);
      return connection;
    },
    async close() {
      for (const connection of connections) connection.close();
      const loaded = await dialer?.catch(() => undefined);
      await loaded?.close();
      await notesWritten();
    },
  };
}
