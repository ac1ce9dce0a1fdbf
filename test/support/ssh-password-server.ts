import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuthContext } from "ssh2";
import { type Authenticate, type SshServer, startSshServer } from "../../src/demo/ssh-server.ts";
import type { SshTransportOptions } from "../../src/transport/ssh/options.ts";
import { createSshTransport } from "../../src/transport/ssh/transport.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { removeHome } from "./home.ts";

/** An embedded server with ways to log in that a real sshd without PAM does not have. */
export interface LoginServer {
  readonly server: SshServer;
  readonly directory: string;
  /** Methods that were tried, in order. */
  readonly attempts: string[];
  transport(config: readonly string[], options?: Partial<SshTransportOptions>): Transport;
  stop(): Promise<void>;
}

export async function startLoginServer(authenticate: Authenticate): Promise<LoginServer> {
  const directory = mkdtempSync(join(tmpdir(), "fake-login-"));
  const attempts: string[] = [];
  const server = await startSshServer({ home: directory, authorizedKeys: [] }, (attempt: AuthContext) => {
    attempts.push(attempt.method);
    authenticate(attempt);
  });
  writeFileSync(join(directory, "known_hosts"), `[127.0.0.1]:${server.port} ${server.hostKey}\n`);
  return {
    server,
    directory,
    attempts,
    transport(config, options = {}) {
      const file = join(directory, "ssh_config");
      const lines = [
        "Host app",
        ...config,
        "HostName 127.0.0.1",
        `Port ${server.port}`,
        "User deployer",
        `UserKnownHostsFile ${directory}/known_hosts`,
        "IdentityFile none",
      ];
      writeFileSync(file, `${lines.join("\n")}\n`);
      return createSshTransport({ env: { PATH: process.env.PATH }, home: directory, sshConfig: file, ...options });
    },
    async stop() {
      await server.close();
      await removeHome(directory);
    },
  };
}
