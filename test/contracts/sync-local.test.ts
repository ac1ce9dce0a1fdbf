import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLauncher } from "../../src/execution/launcher.ts";
import { syncContract } from "./sync.ts";

/** As busybox and macOS have it. */
const PLAIN_FIND = `#!/bin/sh
case "$*" in *-printf*) exit 1;; esac
exec /usr/bin/find "$@"
`;

for (const hasPrintf of [true, false]) {
  syncContract({
    name: `a sync on this machine${hasPrintf ? "" : ", whose find cannot print"}`,
    async create() {
      const directory = mkdtempSync(join(tmpdir(), "fake-sync-"));
      const home = join(directory, "home");
      mkdirSync(home);
      mkdirSync(join(directory, "bin"));
      if (!hasPrintf) writeFileSync(join(directory, "bin/find"), PLAIN_FIND, { mode: 0o755 });
      const PATH = `${join(directory, "bin")}:${process.env.PATH ?? ""}`;
      return {
        launcher: createLauncher({ env: { PATH, HOME: home }, connect: { transport: "local" } }),
        host: "localhost",
        home,
        directory,
        stop: async () => rmSync(directory, { recursive: true, force: true }),
      };
    },
  });
}
