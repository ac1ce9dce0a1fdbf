/** Local files to one host, or to one of many that pass them on. */
import { createHash } from "node:crypto";
import type { Broadcast } from "./broadcast.ts";
import { runOrThrow, type Wire } from "./host-run.ts";
import type { TransferOutcome, TransferRoute } from "./outcome.ts";
import { fileParcel, type Parcel, sendParcel, treeParcel, withSum } from "./parcel.ts";
import { namesDirectory } from "./paths.ts";
import type { Meter } from "./progress.ts";
import { type FilePlace, type FileUnit, lookScript, type PartFound, readLook } from "./script.ts";
import { createSum, type SumTool } from "./sum.ts";
import { readPieces } from "./tar-stream.ts";
import type { Source, TreeEntry } from "./tree.ts";

/** Files from this size on go by themselves, so that they can be continued. */
export const LARGE = 8 * 1024 * 1024;

export interface PutRequest {
  readonly sources: readonly Source[];
  readonly path: string;
  readonly fsync: boolean;
  readonly signal: AbortSignal;
  readonly meter: Meter;
}

/** @throws TaskError for what the host refuses, and for what changes here meanwhile */
export async function putToHost(wire: Wire, request: PutRequest): Promise<TransferOutcome> {
  const { sources, path, fsync, signal, meter } = request;
  const alone = sources.filter((source) => isAlone(source, sources) || (isFile(source) && source.entries[0].size >= LARGE));
  const others = sources.filter((source) => !alone.includes(source));
  const units = alone.map(toUnit);
  const { into, tool, found } = await look(wire, request, units, others.length > 0);
  if (others.length > 0) await sendParcel(wire, treeParcel({ path, into }, others, tool, fsync), { signal, meter });
  let resumed = 0;
  for (const [index, source] of alone.entries()) {
    const file = { source, unit: units[index] as FileUnit, tool, found: found[index] };
    resumed += await putFile(wire, { path, into, name: source.name }, file, request);
  }
  return { tool, resumed };
}

/**
 * The same, where hosts pass it on: all in one stream, nothing is continued.
 * @param at its place among the hosts
 * @throws TaskError for what the host refuses, and for what changes here meanwhile
 */
export async function putAlong(broadcast: Broadcast, at: number, wire: Wire, request: PutRequest): Promise<TransferOutcome> {
  const { sources, path, fsync, signal, meter } = request;
  const [source] = sources;
  try {
    const isOne = source !== undefined && isAlone(source, sources);
    const { into, tool } = await look(wire, request, [], !isOne);
    const join = (parcel: Parcel): Promise<TransferRoute> => broadcast.join(at, wire, parcel, { signal, meter });
    const route = isOne
      ? withSum(source, tool, (sum) =>
          join(fileParcel({ path, into, name: source.name }, { source, unit: toUnit(source), sum }, tool, fsync)),
        )
      : join(treeParcel({ path, into }, sources, tool, fsync));
    return { tool, resumed: 0, route: await route };
  } finally {
    broadcast.leave(at);
  }
}

function isAlone(source: Source, { length }: readonly Source[]): boolean {
  return isFile(source) && length === 1;
}

function isFile({ entries: [entry] }: Source): boolean {
  return entry.type === "file";
}

/** What is at the destination, and what is left there of earlier attempts. */
async function look(wire: Wire, request: PutRequest, units: readonly FileUnit[], needsTar: boolean) {
  const { sources, path, signal, meter } = request;
  meter.totalBytes = sum(sources.flatMap(({ entries }) => entries.map(({ size }) => size)));
  meter.totalFiles = sources.flatMap(({ entries }) => entries.filter(({ type }) => type === "file")).length;
  const isMade = namesDirectory(path);
  const isDirectory = sources.length > 1 || isMade;
  const hasDirectory = sources.some((source) => source.isDirectory);
  const script = lookScript({ path, isDirectory, isMade }, hasDirectory, units, needsTar);
  const { stdout } = await runOrThrow(wire, script, { signal });
  meter.begin();
  return readLook(stdout);
}

interface FileUpload {
  readonly source: Source;
  readonly unit: FileUnit;
  readonly tool: SumTool;
  /** What an earlier one has left. */
  readonly found: PartFound | undefined;
}

export type PutParts = Pick<PutRequest, "fsync" | "signal" | "meter">;

/** One file by itself, from where an earlier transfer ended. @returns how many bytes were there */
export async function putFile(
  wire: Wire,
  place: FilePlace,
  { source, unit, tool, found }: FileUpload,
  { fsync, signal, meter }: PutParts,
): Promise<number> {
  const from = await findStart(source.entries[0], tool, found);
  const offset = from?.offset ?? 0;
  meter.skipped += offset;
  if (offset > 0) meter.addBytes(offset);
  await withSum(source, tool, (sum) =>
    sendParcel(wire, fileParcel(place, { source, unit, from, sum }, tool, fsync), { signal, meter }),
  );
  return offset;
}

/** Where to go on: a part that the host has left, and that the file begins with. */
async function findStart(entry: TreeEntry, tool: SumTool, found: PartFound | undefined): Promise<PartFound | undefined> {
  if (found === undefined || found.offset > entry.size) return undefined;
  const here = createSum(tool);
  for await (const piece of readPieces({ ...entry, size: found.offset })) here.update(piece);
  return here.digest() === found.sum ? found : undefined;
}

export function toUnit({ file, entries: [{ size, mtime }] }: Source): FileUnit {
  return { ident: short(file), version: short(`${size} ${mtime}`), size };
}

function short(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
