/** Everything that can happen at a step. Each fault is played at every step that it can happen at. */
import { execFileSync } from "node:child_process";
import { chmodSync, closeSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Held } from "./held.ts";
import type { Place } from "./mark.ts";
import type { SceneHost } from "./scene.ts";

/** What the machine must let the harness do for some of the faults. */
export interface Abilities {
  /** File systems of their own can be mounted, and filled up. */
  readonly volumes: boolean;
  /** Permissions count on the hosts: the user is not root, or its shell gives up what root may. */
  readonly permissions: boolean;
}

export interface StepFault {
  readonly name: string;
  /** Where the run is held when it happens. */
  readonly at: readonly Place[];
  /** What the held command is like. */
  readonly deaf?: boolean;
  readonly timeout?: number;
  /** The client listens for silence. */
  readonly silent?: boolean;
  /** The exit code that it makes; null: none, the run is killed. @default whatever the run comes to */
  readonly interrupted?: number | null;
  /** What the machine must be able to do. */
  readonly needs?: keyof Abilities;
  /** Milliseconds in which a host must have ended what nobody waits for any more. @default GRACE */
  readonly grace?: number;
  /** @throws what makes the case worthless */
  happen(held: Held): Promise<void>;
  /** Puts right what a person would, before the next run. */
  repair?(host: SceneHost): void;
}

/** A link that ends is noticed at once; what does not listen to SIGTERM has five seconds. Most of it is for a busy machine. */
const GRACE = 20_000;
/** A silent one when three heartbeats of 15 seconds have not come; a command with input of its own is found after that. */
const SILENCE = 90_000;

const FIRST = "stopping when what is under way is done";
const SECOND = "ending what is under way";

export const FAULTS: readonly StepFault[] = [
  {
    name: "client SIGKILL",
    at: ["before", "border"],
    interrupted: null,
    async happen({ signal }) {
      signal("SIGKILL");
    },
  },
  ...(
    [
      ["SIGINT", 130],
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const
  ).map(
    ([name, interrupted]): StepFault => ({
      name: `client ${name}`,
      at: ["before", "border"],
      interrupted,
      async happen({ signal, heard, open }) {
        signal(name);
        await heard(FIRST);
        await open();
      },
    }),
  ),
  {
    name: "client SIGINT twice",
    at: ["before", "border"],
    interrupted: 130,
    happen: interruptTwice,
  },
  {
    name: "command hangs, deaf to SIGTERM, SIGINT twice",
    at: ["before"],
    deaf: true,
    interrupted: 130,
    happen: interruptTwice,
  },
  { name: "command hangs, its time is up", at: ["before"], timeout: 1_500, async happen() {} },
  {
    name: "connection cut before",
    at: ["before", "border"],
    async happen({ host, open, at }) {
      host.relay.cut();
      if (at === "border") await open();
    },
  },
  {
    name: "connection cut after",
    at: ["after"],
    async happen({ host }) {
      host.relay.cut();
    },
  },
  {
    name: "connection silent before",
    at: ["before", "border"],
    silent: true,
    grace: SILENCE,
    async happen({ host, open, at }) {
      host.relay.freeze();
      if (at === "border") await open();
    },
  },
  {
    name: "connection silent after",
    at: ["after"],
    silent: true,
    grace: SILENCE,
    async happen({ host }) {
      host.relay.freeze();
    },
  },
  {
    name: "command SIGKILL",
    at: ["before"],
    async happen({ kill }) {
      await kill();
    },
  },
  {
    name: "command's group SIGKILL",
    at: ["before"],
    async happen({ group }) {
      process.kill(-group(), "SIGKILL");
    },
  },
  {
    name: "disk full",
    at: ["before"],
    needs: "volumes",
    async happen({ host, open }) {
      fillBytes(host);
      await open();
    },
    repair: makeRoom,
  },
  {
    name: "inodes full",
    at: ["before"],
    needs: "volumes",
    async happen({ host, open }) {
      fillInodes(host);
      await open();
    },
    repair: makeRoom,
  },
  {
    name: "permission denied",
    at: ["before"],
    needs: "permissions",
    async happen({ host, open }) {
      setWritable(host.deployPath, false);
      await open();
    },
    repair: ({ deployPath }) => setWritable(deployPath, true),
  },
];

/** Faults that this machine can make, and the names of the others. */
export function faultsOf(abilities: Abilities): { readonly faults: readonly StepFault[]; readonly left: readonly string[] } {
  const faults = FAULTS.filter(({ needs }) => needs === undefined || abilities[needs]);
  return { faults, left: FAULTS.filter((fault) => !faults.includes(fault)).map(({ name }) => name) };
}

export function graceOf({ grace = GRACE }: StepFault): number {
  return grace;
}

async function interruptTwice({ signal, heard, open, at }: Held): Promise<void> {
  signal("SIGINT");
  await heard(FIRST);
  signal("SIGINT");
  await heard(SECOND);
  // A held client cannot do what it was told to.
  if (at === "border") await open();
  else await delay(0);
}

/** Takes the right to write from a tree, or gives it back. */
function setWritable(path: string, isWritable: boolean): void {
  if (isWritable) execFileSync("chmod", ["-R", "u+w", path]);
  else execFileSync("chmod", ["-R", "a-w", path]);
  if (isWritable) chmodSync(path, 0o755);
}

const FILLERS = "filler";

function fillBytes({ volume }: SceneHost): void {
  const file = openSync(join(volume ?? "", FILLERS), "w");
  const block = Buffer.alloc(64 * 1024);
  try {
    for (let size = block.length; size > 0; ) {
      try {
        writeSync(file, block.subarray(0, size));
      } catch {
        size = Math.floor(size / 2);
      }
    }
  } finally {
    closeSync(file);
  }
}

function fillInodes({ volume }: SceneHost): void {
  for (let count = 0; ; count++) {
    try {
      writeFileSync(join(volume ?? "", `${FILLERS}-${count}`), "");
    } catch {
      return;
    }
  }
}

function makeRoom({ volume }: SceneHost): void {
  rmSync(join(volume ?? "", FILLERS), { force: true });
  for (let count = 0; ; count++) {
    try {
      rmSync(join(volume ?? "", `${FILLERS}-${count}`));
    } catch {
      return;
    }
  }
}
