import { homedir, userInfo } from "node:os";
import type { Transport } from "../transport.ts";
import { createSshConfigSource } from "./config/ssh-config-source.ts";
import type { SshTransportOptions } from "./transport.ts";

/**
 * The ssh transport. Only what asks `ssh -G` is loaded at once: the protocol's implementation is big, and is read while ssh answers.
 * @throws UsageError when `sshConfig` cannot be read.
 */
export function createLazySshTransport(options: SshTransportOptions): Transport {
  const home = options.home ?? homedir();
  const localUser = options.localUser ?? userInfo().username;
  const config = createSshConfigSource({ home, localUser, env: options.env, file: options.sshConfig, ssh: options.ssh });
  let loaded: Promise<Transport> | undefined;
  return {
    name: "ssh",
    async connect(host, request) {
      // Its answer is kept for the transport, and so is its error.
      config.resolve({ name: host.address, user: host.user ?? request.user, port: host.port }).catch(() => undefined);
      loaded ??= load({ ...options, home, localUser, config });
      return await (await loaded).connect(host, request);
    },
    async close() {
      const transport = await loaded?.catch(() => undefined);
      await transport?.close();
    },
  };
}

async function load(options: SshTransportOptions): Promise<Transport> {
  // Not before ssh, and whatever else was started in this turn of the event loop: loading leaves them no time to start.
  await new Promise((resolve) => setImmediate(resolve));
  const { createSshTransport } = await import("./transport.ts");
  return createSshTransport(options);
}
