import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeHost } from "../../src/testing.ts";
import { createLocalTransport } from "../../src/transport/local/transport.ts";
import { shells } from "../command/shells.ts";
import { transportContract } from "./transport.ts";

for (const { name, path, argv } of shells) {
  transportContract({
    name: `local in ${name}`,
    async create() {
      const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-local-")));
      return {
        // A short grace: one case waits until it is over.
        transport: createLocalTransport({ grace: 500, shell: [path, ...argv.slice(1)] }),
        host: fakeHost("localhost"),
        directory,
        stop: async () => rmSync(directory, { recursive: true, force: true }),
      };
    },
  });
}
