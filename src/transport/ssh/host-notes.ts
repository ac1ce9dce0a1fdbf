import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Environment, userCacheFolder } from "../../home.ts";
import type { KeptNotes } from "../framing/kept.ts";
import type { Target } from "./target.ts";

/** Texts that are remembered of a host: a deploy has half a dozen, and some hosts have many applications. */
const MOST = 200;
/** After which a host that could not keep one is asked again. */
const REFUSED_MS = 30 * 86_400_000;

interface HostNotes {
  /** Ids of texts that the host keeps, the last one learned at the end. */
  readonly kept: readonly string[];
  /** When it could not keep one, in milliseconds since 1970. @default never */
  readonly refused?: number | undefined;
}

/**
 * What this machine remembers of a login between runs: a file in the user's cache folder, read when it is asked for and written when there is
 * something new. Nobody relies on it: a file that cannot be read or written is as good as none.
 */
export function openHostNotes(env: Environment, target: Target, now = Date.now): KeptNotes {
  const folder = join(userCacheFolder(env), "hosts");
  const login = [...target.via, `${target.user}@${target.address}:${target.port}`].join(",");
  const file = join(folder, `${createHash("sha256").update(login).digest("hex").slice(0, 24)}.json`);
  let notes: HostNotes | undefined;
  const read = (): HostNotes => {
    notes ??= readNotes(file);
    return notes;
  };
  const write = (changed: HostNotes): void => {
    notes = changed;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const draft = `${file}.${process.pid}`;
      writeFileSync(draft, JSON.stringify(changed), { mode: 0o600 });
      renameSync(draft, file);
    } catch {
      // Known to this run alone.
    }
  };
  return {
    get refused() {
      const { refused } = read();
      return refused !== undefined && Math.abs(now() - refused) < REFUSED_MS;
    },
    has: (id) => read().kept.includes(id),
    add(id) {
      const { kept } = read();
      if (!kept.includes(id)) write({ kept: [...kept, id].slice(-MOST) });
    },
    remove: (id) => write({ ...read(), kept: read().kept.filter((known) => known !== id) }),
    refuse: () => write({ kept: [], refused: now() }),
  };
}

function readNotes(file: string): HostNotes {
  try {
    const { kept, refused } = JSON.parse(readFileSync(file, "utf8")) as { readonly [key in keyof HostNotes]?: unknown };
    const ids = Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : [];
    return typeof refused === "number" ? { kept: ids, refused } : { kept: ids };
  } catch {
    return { kept: [] };
  }
}
