import { createOpensshTransport } from "../../src/transport/openssh/transport.ts";
import type { SshTransportOptions } from "../../src/transport/ssh/transport.ts";
import type { Transport } from "../../src/transport/transport.ts";
import type { SshdFleet } from "./sshd.ts";

/** The openssh transport as a test needs it: no agent, and the fleet's folder for a home. */
export function opensshTransport(fleet: SshdFleet, options: Partial<SshTransportOptions> = {}): Transport {
  return createOpensshTransport({
    env: { PATH: process.env.PATH },
    home: fleet.directory,
    sshConfig: fleet.sshConfig,
    ...options,
  });
}
