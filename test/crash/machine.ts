/** What this machine allows the harness to do, and what the harness needs of it once. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Abilities } from "../../src/rehearse/faults.ts";
import { canMount } from "../../src/rehearse/volume.ts";

export interface Machine extends Abilities {
  /** The client, ready to be run by node. */
  readonly client: string;
  /** Login shell of the hosts. @default the user's */
  readonly shell: string | undefined;
  end(): void;
}

/** Root passes by permissions; without these two it does not. */
const LIKE_OTHERS = "--bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search";

/** @param distribution the built package */
export function openMachine(distribution: string): Machine {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-crash-machine-")));
  const isRoot = process.getuid?.() === 0;
  const gives = isRoot && spawnSync("setpriv", [...LIKE_OTHERS.split(" "), "true"], { stdio: "ignore" }).status === 0;
  const shell = join(directory, "shell");
  if (gives) {
    writeFileSync(shell, `#!/bin/sh\nexec setpriv ${LIKE_OTHERS} /bin/sh "$@"\n`);
    chmodSync(shell, 0o755);
  }
  return {
    client: join(distribution, "cli", "rehearsed.cjs"),
    volumes: canMount(join(directory, "volume")),
    permissions: gives || !isRoot,
    shell: gives ? shell : undefined,
    end: () => rmSync(directory, { recursive: true, force: true }),
  };
}
