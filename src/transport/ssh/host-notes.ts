import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Environment, userCacheFolder } from "../../home.ts";
import type { KeptNotes } from "../framing/kept.ts";
import type { Target } from "./target.ts";

/** Texts that are remembered of a host: a deploy has half a dozen, and some hosts have many applications. */
const MOST = 200;
/** After which a host that could not keep one is asked again, and one that an early key confused is sent one again. */
const REFUSED_MS = 30 * 86_400_000;

/** The file. */
interface Notes {
  /** Ids of texts that the host keeps, the last one learned at the end. */
  readonly kept: readonly string[];
  /** When it could not keep one, in milliseconds since 1970. @default never */
  readonly refused?: number | undefined;
  /** Name of the key exchange method that was last agreed on. */
  readonly keyExchange?: string | undefined;
  /** When it did not follow an early exchange of keys, in milliseconds since 1970. @default never */
  readonly confused?: number | undefined;
}

export interface HostNotes extends KeptNotes {
  /** Name of the key exchange method that was last agreed on. Undefined where that is not known, or the host was confused of late. */
  readonly keyExchange: string | undefined;
  agree(keyExchange: string): void;
  /** It did not follow an early exchange of keys. */
  confuse(): void;
  /** Not known any more. */
  forgetKeyExchange(): void;
}

/**
 * What this machine remembers of a login between runs: a file in the user's cache folder, read when it is asked for and written when there is
 * something new. Nobody relies on it: a file that cannot be read or written is as good as none.
 */
export function openHostNotes(env: Environment, target: Target, now = Date.now): HostNotes {
  const folder = join(userCacheFolder(env), "hosts");
  const login = [...target.via, `${target.user}@${target.address}:${target.port}`].join(",");
  const file = join(folder, `${createHash("sha256").update(login).digest("hex").slice(0, 24)}.json`);
  let notes: Notes | undefined;
  const read = (): Notes => {
    notes ??= readNotes(file);
    return notes;
  };
  const write = (changed: Notes): void => {
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
  const isOfLate = (time: number | undefined): boolean => time !== undefined && Math.abs(now() - time) < REFUSED_MS;
  return {
    get refused() {
      return isOfLate(read().refused);
    },
    has: (id) => read().kept.includes(id),
    add(id) {
      const { kept } = read();
      if (!kept.includes(id)) write({ ...read(), kept: [...kept, id].slice(-MOST), refused: undefined });
    },
    remove: (id) => write({ ...read(), kept: read().kept.filter((known) => known !== id) }),
    refuse: () => write({ ...read(), kept: [], refused: now() }),
    get keyExchange() {
      const { keyExchange, confused } = read();
      return isOfLate(confused) ? undefined : keyExchange;
    },
    agree(keyExchange) {
      if (keyExchange !== read().keyExchange) write({ ...read(), keyExchange });
    },
    confuse: () => write({ ...read(), confused: now() }),
    forgetKeyExchange: () => write({ ...read(), keyExchange: undefined }),
  };
}

function readNotes(file: string): Notes {
  try {
    const { kept, refused, keyExchange, confused } = JSON.parse(readFileSync(file, "utf8")) as {
      readonly [key in keyof Notes]?: unknown;
    };
    return {
      kept: Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : [],
      refused: typeof refused === "number" ? refused : undefined,
      keyExchange: typeof keyExchange === "string" ? keyExchange : undefined,
      confused: typeof confused === "number" ? confused : undefined,
    };
  } catch {
    return { kept: [] };
  }
}
