import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLauncher } from "../../src/execution/launcher.ts";
import { type TransferContract, transferContract } from "./transfer.ts";
import { transferEdges } from "./transfer-edges.ts";

const local: TransferContract = {
  name: "a transfer on this machine",
  async create() {
    const directory = mkdtempSync(join(tmpdir(), "fake-transfer-"));
    const home = join(directory, "home");
    mkdirSync(home);
    return {
      launcher: createLauncher({ env: { PATH: process.env.PATH, HOME: home }, connect: { transport: "local" } }),
      host: "localhost",
      home,
      directory,
      stop: async () => rmSync(directory, { recursive: true, force: true }),
    };
  },
};

transferContract(local);
transferEdges(local);
