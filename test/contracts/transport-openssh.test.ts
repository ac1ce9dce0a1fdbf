import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { hasOpenssh, OPENSSH_MISSING, opensshTransport } from "../support/openssh-transport.ts";
import { host } from "../support/ssh-host.ts";
import { givesTerminals, startSshdFleet } from "../support/sshd.ts";
import { transportContract } from "./transport.ts";

/** A short grace: one case waits until it is over. */
const GRACE = 500;

const TERMINALS = ["gives a command a terminal when it is asked to", "ends a command on a terminal when its time is up"];

const fleet = hasOpenssh ? await startSshdFleet(1) : undefined;
// A fourth of the time of a login, where the client would choose sntrup761.
fleet?.configure({ host1: ["KexAlgorithms curve25519-sha256"] });

describe.skipIf(fleet === undefined)(fleet === undefined ? OPENSSH_MISSING : "OpenSSH's own client", () => {
  afterAll(() => fleet?.stop());

  if (fleet === undefined) {
    it.skip(OPENSSH_MISSING);
    return;
  }
  transportContract({
    name: "openssh",
    async create() {
      const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-ssh-")));
      return {
        transport: opensshTransport(fleet, { grace: GRACE }),
        host: host("host1"),
        directory,
        stop: async () => rmSync(directory, { recursive: true, force: true }),
      };
    },
    skip: givesTerminals(fleet) ? [] : [{ reason: "this machine's sshd gives the current user no terminals", tests: TERMINALS }],
  });
});
