import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { startSshServer } from "../../src/demo/ssh-server.ts";
import { createSshTransport } from "../../src/transport/ssh/transport.ts";
import { removeHome } from "../support/home.ts";
import { fleetTransport, host } from "../support/ssh-host.ts";
import { writeKey } from "../support/ssh-keys.ts";
import { findSshd, givesTerminals, SSHD_MISSING, type SshdFleet, startSshdFleet } from "../support/sshd.ts";
import { type TransportContract, titlesOf, transportContract } from "./transport.ts";

/** A short grace: one case waits until it is over. */
const GRACE = 500;

const TERMINALS = [
  "gives a command a terminal when it is asked to",
  "ends a command on a terminal when its time is up",
  "give a terminal of the type and size that is asked for, and another size later",
];

transportContract({
  name: "ssh (embedded server)",
  async create() {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-ssh-")));
    const { path, publicKey } = writeKey(join(directory, "id"));
    const server = await startSshServer({ home: directory, authorizedKeys: [publicKey] });
    const sshConfig = join(directory, "ssh_config");
    writeFileSync(join(directory, "known_hosts"), `[127.0.0.1]:${server.port} ${server.hostKey}\n`);
    const lines = [
      `Port ${server.port}`,
      `IdentityFile ${path}`,
      "IdentitiesOnly yes",
      `UserKnownHostsFile ${directory}/known_hosts`,
    ];
    writeFileSync(sshConfig, `${lines.join("\n")}\n`);
    return {
      transport: createSshTransport({ env: { PATH: process.env.PATH }, home: directory, sshConfig, grace: GRACE }),
      host: host("127.0.0.1"),
      directory,
      async stop() {
        await server.close();
        await removeHome(directory);
      },
    };
  },
  skip: [
    { reason: "the embedded server has no terminals to give", tests: TERMINALS },
    { reason: "the embedded server forwards nothing", tests: titlesOf("tunnels", "forwarding") },
  ],
});

const fleet = findSshd() === undefined ? undefined : await startSshdFleet(1);

describe.skipIf(fleet === undefined)(fleet === undefined ? SSHD_MISSING : "OpenSSH", () => {
  afterAll(() => fleet?.stop());

  if (fleet !== undefined) transportContract(openssh(fleet));
  else it.skip(SSHD_MISSING);
});

function openssh(servers: SshdFleet): TransportContract {
  return {
    name: "ssh (OpenSSH)",
    async create() {
      const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-ssh-")));
      return {
        transport: fleetTransport(servers, { grace: GRACE }),
        host: host("host1"),
        directory,
        stop: async () => rmSync(directory, { recursive: true, force: true }),
      };
    },
    skip: givesTerminals(servers)
      ? []
      : [{ reason: "this machine's sshd gives the current user no terminals", tests: TERMINALS }],
  };
}
