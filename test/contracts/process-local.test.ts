import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLauncher } from "../../src/execution/launcher.ts";
import { processContract } from "./process.ts";

processContract({
  name: "a process on this machine",
  async create() {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-process-")));
    return {
      launcher: createLauncher(),
      another: createLauncher,
      there: {},
      directory,
      stop: async () => rmSync(directory, { recursive: true, force: true }),
    };
  },
});
