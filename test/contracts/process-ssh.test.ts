import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { createLauncher } from "../../src/execution/launcher.ts";
import { findSshd, givesTerminals, SSHD_MISSING, type SshdFleet, startSshdFleet } from "../support/sshd.ts";
import { processContract } from "./process.ts";

const fleet = findSshd() === undefined ? undefined : await startSshdFleet(1);

const TERMINALS = [
  "has a terminal of the size that is asked for",
  "deaf to SIGINT on a terminal, it is sent SIGKILL after the grace, children and all",
];

describe.skipIf(fleet === undefined)(fleet === undefined ? SSHD_MISSING : "OpenSSH", () => {
  afterAll(() => fleet?.stop());

  if (fleet === undefined) it.skip(SSHD_MISSING);
  else for (const transport of ["ssh", "openssh"]) processContract(onHost(fleet, transport));
});

function onHost({ sshConfig, directory, ...servers }: SshdFleet, transport: string) {
  return {
    name: `a process on a host (${transport})`,
    async create() {
      const folder = join(directory, `work-${transport}`);
      mkdirSync(folder);
      const another = () => createLauncher({ sshConfig, env: { PATH: process.env.PATH }, connect: { transport } });
      return {
        launcher: another(),
        another,
        there: { host: servers.hosts[0]?.name ?? "" },
        directory: folder,
        stop: async () => undefined,
      };
    },
    skip: givesTerminals({ sshConfig, directory, ...servers })
      ? []
      : [{ reason: "the current user's sshd has no terminals to give", tests: TERMINALS }],
  };
}
