import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { createLauncher } from "../../src/execution/launcher.ts";
import { findSshd, SSHD_MISSING, startSshdFleet } from "../support/sshd.ts";
import { syncContract } from "./sync.ts";
import { transferContract } from "./transfer.ts";
import { transferEdges } from "./transfer-edges.ts";

const fleet = findSshd() === undefined ? undefined : await startSshdFleet(1);

describe.skipIf(fleet === undefined)(fleet === undefined ? SSHD_MISSING : "OpenSSH", () => {
  afterAll(() => fleet?.stop());

  if (fleet === undefined) it.skip(SSHD_MISSING);
  else
    for (const [what, transport, contract] of [
      ["a transfer", "ssh", transferContract],
      ["a transfer", "openssh", transferContract],
      ["a transfer to the edge", "ssh", transferEdges],
      ["a sync", "ssh", syncContract],
      ["a sync", "openssh", syncContract],
    ] as const)
      contract({
        name: `${what} (${transport})`,
        async create() {
          const directory = join(fleet.directory, `${what}-${transport}`);
          mkdirSync(directory);
          const [host] = fleet.hosts;
          return {
            launcher: createLauncher({ sshConfig: fleet.sshConfig, env: { PATH: process.env.PATH }, connect: { transport } }),
            host: host?.name ?? "",
            home: host?.home ?? "",
            directory,
            stop: async () => undefined,
          };
        },
      });
});
