import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeHost } from "../../src/testing.ts";
import { createLocalTransport } from "../../src/transport/local/transport.ts";
import { transportContract } from "./transport.ts";

/** `/bin/sh` is one of these on the hosts of this world. */
const shells: readonly (readonly [string, ...string[]])[] = [
  ["/bin/sh"],
  ["/usr/bin/bash", "--posix"],
  ["/usr/bin/busybox", "sh"],
];

for (const shell of shells.filter(([file]) => existsSync(file))) {
  transportContract({
    name: `local (${shell.join(" ")})`,
    async create() {
      const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-local-")));
      return {
        // A short grace: one case waits until it is over.
        transport: createLocalTransport({ grace: 500, shell }),
        host: fakeHost("localhost"),
        directory,
        stop: async () => rmSync(directory, { recursive: true, force: true }),
      };
    },
  });
}
