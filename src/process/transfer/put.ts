/** Local files to one host, or to one of many that pass them on. */
import { createHash } from "node:crypto";
import type { Broadcast } from "./broadcast.ts";
import { runOrThrow, type Wire } from "./host-run.ts";
import { fileParcel, sendParcel, treeParcel } from "./parcel.ts";
import { namesDirectory } from "./paths.ts";
import type { Meter } from "./progress.ts";
import { type FileUnit, lookScript } from "./script.ts";
import { createSum, type SumTool } from "./sum.ts";
import { readPieces } from "./tar-stream.ts";
import type { Source } from "./tree.ts";

/** Files from this size on go by themselves, so that they can be continued. */
const LARGE = 8 * 1024 * 1024;

export interface PutRequest {
  readonly sources: readonly Source[];
  readonly path: string;
  readonly fsync: boolean;
  readonly signal: AbortSignal;
  readonly meter: Meter;
}

/** What a transfer has done. */
export interface TransferOutcome {
  readonly tool: SumTool;
  /** Bytes that were there from an earlier one. */
  readonly resumed: number;
  /** How it came there. @default from here */
  readonly route?: string | undefined;
}

/** @throws TaskError for what the host refuses, and for what changes here meanwhile */
export async function putToHost(wire: Wire, request: PutRequest): Promise<TransferOutcome> {
  const { sources, path, fsync, signal, meter } = request;
  const alone = sources.filter((source) => isAlone(source, sources) || (!source.isDirectory && source.entries[0].size >= LARGE));
  const others = sources.filter((source) => !alone.includes(source));
  const units = alone.map(toUnit);
  const { into, tool, parts } = await look(wire, request, units, others.length > 0);
  if (others.length > 0) await sendParcel(wire, treeParcel({ path, into }, others, tool, fsync), { signal, meter });
  let resumed = 0;
  for (const [index, source] of alone.entries()) {
    const from = await findStart(source.entries[0], tool, parts, index);
    if (from !== undefined) {
      resumed += from.offset;
      meter.skipped += from.offset;
      meter.addBytes(from.offset);
    }
    const file = { source, unit: units[index] as FileUnit, from };
    await sendParcel(wire, fileParcel({ path, into, name: source.name }, file, tool, fsync), { signal, meter });
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
    const isFile = source !== undefined && isAlone(source, sources);
    const { into, tool } = await look(wire, request, [], !isFile);
    const parcel = isFile
      ? fileParcel({ path, into, name: source.name }, { source, unit: toUnit(source) }, tool, fsync)
      : treeParcel({ path, into }, sources, tool, fsync);
    return { tool, resumed: 0, route: await broadcast.join(at, wire, parcel, { signal, meter }) };
  } finally {
    broadcast.leave(at);
  }
}

function isAlone(source: Source, { length }: readonly Source[]): boolean {
  return !source.isDirectory && length === 1;
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
  const [kind, tool, ...parts] = stdout.trimEnd().split("\n") as [string, SumTool, ...string[]];
  meter.begin();
  return { into: kind === "into", tool, parts };
}

/** Where to go on: a part that the host has left, and that the file begins with. */
async function findStart(
  entry: Source["entries"][0],
  tool: SumTool,
  parts: readonly string[],
  index: number,
): Promise<{ readonly name: string; readonly offset: number } | undefined> {
  const line = parts.find((one) => one.startsWith(`part ${index} `));
  const [, size, name, found] = /^part \d+ (\d+) ([^ |/]+)\|(.*)$/.exec(line ?? "") ?? [];
  if (size === undefined || name === undefined || Number(size) > entry.size) return undefined;
  const here = createSum(tool);
  for await (const piece of readPieces({ ...entry, size: Number(size) })) here.update(piece);
  return here.digest() === found ? { name, offset: Number(size) } : undefined;
}

function toUnit({ file, entries: [{ size, mtime }] }: Source): FileUnit {
  return { ident: short(file), version: short(`${size} ${mtime}`), size };
}

function short(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
