/** What this machine allows the harness to do, and what the harness needs of it once. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";

export interface Machine {
  /** The client, ready to be run by node. */
  readonly client: string;
  /** Folder of the built code that the client runs. */
  readonly library: string;
  /** File systems of their own can be mounted, and filled up. */
  readonly volumes: boolean;
  /** Permissions count on the hosts: the user is not root, or its shell gives up what root may. */
  readonly permissions: boolean;
  /** Login shell of the hosts. @default the user's */
  readonly shell: string | undefined;
  end(): void;
}

/** Root passes by permissions; without these two it does not. */
const LIKE_OTHERS = "--bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search";

/** @param project the root of this repository @param distribution the folder with the built package's `lib` */
export function openMachine(project: string, distribution: string): Machine {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-crash-machine-")));
  const client = join(directory, "client.mjs");
  buildSync({
    entryPoints: [resolve(project, "test/crash/client.ts")],
    outfile: client,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  const isRoot = process.getuid?.() === 0;
  const gives = isRoot && succeeds("setpriv", [...LIKE_OTHERS.split(" "), "true"]);
  const shell = join(directory, "shell");
  if (gives) {
    writeFileSync(shell, `#!/bin/sh\nexec setpriv ${LIKE_OTHERS} /bin/sh "$@"\n`);
    chmodSync(shell, 0o755);
  }
  return {
    client,
    library: join(distribution, "lib"),
    volumes: isRoot && canMount(join(directory, "volume")),
    permissions: gives || !isRoot,
    shell: gives ? shell : undefined,
    end: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function canMount(folder: string): boolean {
  mkdirSync(folder);
  if (!succeeds("mount", ["-t", "tmpfs", "-o", "size=64k", "fake-crash", folder])) return false;
  return succeeds("umount", [folder]);
}

function succeeds(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}
