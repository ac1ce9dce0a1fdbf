import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Environment, userCacheFolder } from "../../home.ts";
import type { KeptNotes } from "../framing/kept.ts";
import type { Target } from "./target.ts";

/** Texts that are remembered of a host: a deploy has half a dozen, and some hosts have many applications. */
const MOST = 200;
/** After which a host that could not keep one is asked again, and one that an early key confused is sent one again. */
const REFUSED_MS = 30 * 86_400_000;

/** For this user's eyes. */
const FOLDER = { recursive: true, mode: 0o700 } as const;
const FILE = { mode: 0o600 } as const;

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

/** What is not written yet, by file: the newest of each. */
const waiting = new Map<string, Notes>();
/** One write at a time for each file. */
const writing = new Map<string, Promise<void>>();

/** When all that is remembered has been written, as far as it can be. Never rejects. */
export async function notesWritten(): Promise<void> {
  await Promise.all(writing.values());
}

/** Not at once: thousands of hosts are learned something of at the same time, and much of one in a row. */
function writeLater(file: string, notes: Notes): void {
  if (waiting.size === 0) process.on("exit", writeNow);
  waiting.set(file, notes);
  if (!writing.has(file)) writing.set(file, writeWhatWaits(file));
}

async function writeWhatWaits(file: string): Promise<void> {
  const draft = `${file}.${process.pid}`;
  for (let notes = waiting.get(file); notes !== undefined; notes = waiting.get(file)) {
    try {
      await mkdir(dirname(file), FOLDER);
      notes = waiting.get(file) ?? notes;
      await writeFile(draft, JSON.stringify(notes), FILE);
      await rename(draft, file);
    } catch {
      // Known to this run alone.
    }
    if (waiting.get(file) === notes) waiting.delete(file);
  }
  writing.delete(file);
  if (waiting.size === 0) process.off("exit", writeNow);
}

/** The process ends, and nothing that takes its time comes to its end any more. Another draft: what is on its way may be half of one. */
function writeNow(): void {
  for (const [file, notes] of waiting) {
    const draft = `${file}.${process.pid}.last`;
    try {
      mkdirSync(dirname(file), FOLDER);
      writeFileSync(draft, JSON.stringify(notes), FILE);
      renameSync(draft, file);
    } catch {
      // As if it had not been learned.
    }
  }
}

/**
 * What this machine remembers of a login between runs: a file in the user's cache folder, read when it is asked for and written when there is
 * something new. Nobody relies on it: a file that cannot be read or written is as good as none.
 */
export function openHostNotes(env: Environment, target: Target, now = Date.now): HostNotes {
  const folder = join(userCacheFolder(env), "hosts");
  const login = [...target.via, `${target.user}@${target.address}:${target.port}`].join(",");
  const file = join(folder, `${createHash("sha256").update(login).digest("hex").slice(0, 24)}.json`);
  return new FileNotes(file, now);
}

class FileNotes implements HostNotes {
  readonly #file: string;
  readonly #now: () => number;
  #known: Notes | undefined;

  constructor(file: string, now: () => number) {
    this.#file = file;
    this.#now = now;
  }

  get refused(): boolean {
    return this.#isOfLate(this.#notes.refused);
  }

  has(id: string): boolean {
    return this.#notes.kept.includes(id);
  }

  add(id: string): void {
    const { kept } = this.#notes;
    if (!kept.includes(id)) this.#change({ kept: [...kept, id].slice(-MOST), refused: undefined });
  }

  remove(id: string): void {
    this.#change({ kept: this.#notes.kept.filter((known) => known !== id) });
  }

  refuse(): void {
    this.#change({ kept: [], refused: this.#now() });
  }

  get keyExchange(): string | undefined {
    const { keyExchange, confused } = this.#notes;
    return this.#isOfLate(confused) ? undefined : keyExchange;
  }

  agree(keyExchange: string): void {
    if (keyExchange !== this.#notes.keyExchange) this.#change({ keyExchange });
  }

  confuse(): void {
    this.#change({ confused: this.#now() });
  }

  forgetKeyExchange(): void {
    this.#change({ keyExchange: undefined });
  }

  get #notes(): Notes {
    this.#known ??= waiting.get(this.#file) ?? readNotes(this.#file);
    return this.#known;
  }

  #change(changed: Partial<Notes>): void {
    this.#known = { ...this.#notes, ...changed };
    writeLater(this.#file, this.#known);
  }

  #isOfLate(time: number | undefined): boolean {
    return time !== undefined && Math.abs(this.#now() - time) < REFUSED_MS;
  }
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
