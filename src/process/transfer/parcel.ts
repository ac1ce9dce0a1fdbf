/** A stream of files, what a host does with it, and what comes of that. */
import { TaskError } from "../../errors.ts";
import { type RanScript, reasonOf, runOrThrow, runScript, type Wire } from "./host-run.ts";
import type { Meter } from "./progress.ts";
import { commitFileScript, dropPartScript, type FilePlace, type FileUnit, receiveFileScript } from "./script.ts";
import { createSum, type SumTool } from "./sum.ts";
import { type NamedSource, readPieces, streamTar } from "./tar-stream.ts";
import type { Source } from "./tree.ts";
import { receiveTreeScript } from "./tree-script.ts";

export interface Parcel {
  /** Hosts for which it is the same can have the same stream. */
  readonly key: string;
  /** Takes the stream from its input. */
  readonly script: string;
  readonly tool: SumTool;
  /** Of the content. */
  readonly bytes: number;
  readonly files: number;
  /** The stream, from its beginning. @param onFile called for each file that is in it */
  input(onFile: () => void): AsyncIterable<Buffer>;
  /** What is left to do once the script has succeeded. @throws TaskError */
  finish(ran: RanScript, wire: Wire, signal: AbortSignal): Promise<void>;
  /** Why the script has failed. */
  explain(ran: RanScript): Error;
}

export interface SendParts {
  readonly signal: AbortSignal;
  readonly meter: Meter;
}

/** @throws TaskError for what the host refuses, and for what changes here meanwhile */
export async function sendParcel(wire: Wire, parcel: Parcel, { signal, meter }: SendParts): Promise<void> {
  const onSent = countSent(parcel, meter);
  const ran = await runScript(wire, parcel.script, { signal, onSent, input: parcel.input(() => meter.addFile()) });
  if (ran.exitCode !== 0) throw parcel.explain(ran);
  await parcel.finish(ran, wire, signal);
}

/** Headers and padding are none of the content. */
export function countSent({ bytes }: Parcel, meter: Meter): (count: number) => void {
  const total = meter.bytes + bytes;
  return (count) => meter.addBytes(Math.min(count, total - meter.bytes));
}

/** Directories and files as one archive. */
export function treeParcel(place: Omit<FilePlace, "name">, sources: readonly Source[], tool: SumTool, fsync: boolean): Parcel {
  const named = sources.map((source) => ({ source, name: place.into ? source.name : nameIn(place.path) }));
  return archiveParcel(place, { named, tool, fsync });
}

interface ArchivePart {
  readonly named: readonly NamedSource[];
  readonly tool: SumTool;
  readonly fsync: boolean;
}

export function archiveParcel(place: Omit<FilePlace, "name">, { named, tool, fsync }: ArchivePart): Parcel {
  const files = filesOf(named);
  return {
    key: JSON.stringify([tool, ...named.flatMap(({ source, name }) => [source.file, name])]),
    script: receiveTreeScript(place, tool, fsync),
    tool,
    bytes: named.reduce((total, { source: { entries } }) => entries.reduce((sum, { size }) => sum + size, total), 0),
    files: files.length,
    input: (onFile) => streamTar(named, tool, onFile),
    finish: async () => undefined,
    explain: (ran) => explainTree(ran, files),
  };
}

/** Names of the files in an archive, in their order. */
export function filesOf(named: readonly NamedSource[]): readonly string[] {
  return named.flatMap(({ source, name }) =>
    source.entries.flatMap((entry) => (entry.type !== "file" ? [] : [entry.path === "" ? name : `${name}/${entry.path}`])),
  );
}

export function explainTree(ran: RanScript, files: readonly string[]): Error {
  const damaged = [...ran.stdout.matchAll(/^damaged (\d+)$/gm)].map(([, line]) => files[Number(line) - 1]);
  return new TaskError(`${reasonOf(ran)}${damaged.length > 0 ? `: ${damaged.slice(0, 10).join(", ")}` : ""}`);
}

interface FilePart {
  readonly source: Source;
  readonly unit: FileUnit;
  /** What is there of it. */
  readonly from?: { readonly name: string; readonly offset: number } | undefined;
  /** Of all of it: withSum() has it. */
  readonly sum: Promise<string>;
}

/** One file, that can be continued. */
export function fileParcel(place: FilePlace, { source, unit, from, sum }: FilePart, tool: SumTool, fsync: boolean): Parcel {
  const [entry] = source.entries;
  return {
    key: JSON.stringify([tool, source.file]),
    script: receiveFileScript(place, unit, tool, { from, fsync }),
    tool,
    bytes: entry.size - (from?.offset ?? 0),
    files: 1,
    async *input(onFile) {
      yield* readPieces(entry, from?.offset);
      onFile();
    },
    async finish({ stdout }, wire, signal) {
      const [part = "", found] = stdout.trimEnd().split("\n");
      const { mode, mtime } = entry;
      if (found !== (await sum)) {
        await runScript(wire, dropPartScript(place, part), { signal });
        throw new TaskError(`What has arrived of ${source.file} is not what was sent: the sums by ${tool} differ.`);
      }
      await runOrThrow(wire, commitFileScript(place, part, { mode, mtime }), { signal });
    },
    explain: (ran) => new TaskError(reasonOf(ran)),
  };
}

interface Hashing {
  readonly sum: Promise<string>;
  /** So many wait for it. */
  users: number;
}

/** One reading for all hosts. */
const hashings = new WeakMap<Source, Map<SumTool, Hashing>>();

/** Reads the file meanwhile, for as long as anybody waits for its sum. */
export async function withSum<T>(source: Source, tool: SumTool, work: (sum: Promise<string>) => Promise<T>): Promise<T> {
  const known = hashings.get(source) ?? new Map<SumTool, Hashing>();
  hashings.set(source, known);
  const hashing = known.get(tool) ?? startHashing(source, tool, () => known.delete(tool));
  known.set(tool, hashing);
  hashing.users += 1;
  try {
    return await work(hashing.sum);
  } finally {
    hashing.users -= 1;
  }
}

function startHashing({ entries: [entry] }: Source, tool: SumTool, forget: () => void): Hashing {
  const read = async (): Promise<string> => {
    const sum = createSum(tool);
    for await (const piece of readPieces(entry)) {
      sum.update(piece);
      if (hashing.users > 0) continue;
      forget();
      throw new TaskError("Nobody waits for the sum any more.");
    }
    return sum.digest();
  };
  // The first one waits before anything is read.
  const hashing: Hashing = { sum: Promise.resolve().then(read), users: 0 };
  // Its failure is the reading's, which tells it.
  hashing.sum.catch(() => undefined);
  return hashing;
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
