/** Transfers where all that a host has is busybox. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { createLauncher } from "../../src/execution/launcher.ts";
import { syncContract } from "./sync.ts";
import { transferContract } from "./transfer.ts";
import { transferEdges } from "./transfer-edges.ts";

const BUSYBOX = "busybox";
const MISSING = spawnSync(BUSYBOX, ["true"]).status === 0 ? "" : "busybox tests skipped: no busybox on this machine";

describe.skipIf(MISSING !== "")(`busybox ${MISSING}`, () => {
  if (MISSING !== "") return it.skip(MISSING);
  for (const [name, contract] of [
    ["a transfer", transferContract],
    ["a transfer to the edge", transferEdges],
    ["a sync", syncContract],
  ] as const)
    contract({
      name,
      async create() {
        const directory = mkdtempSync(join(tmpdir(), "fake-busybox-"));
        const PATH = join(directory, "bin");
        const HOME = join(directory, "home");
        for (const one of [PATH, HOME]) mkdirSync(one);
        execFileSync(BUSYBOX, ["--install", "-s", PATH]);
        return {
          launcher: createLauncher({ env: { PATH, HOME }, connect: { transport: "local" } }),
          host: "localhost",
          home: HOME,
          directory,
          stop: async () => rmSync(directory, { recursive: true, force: true }),
        };
      },
    });
});
