/** Local files to one host. */
import { createHash } from "node:crypto";
import { TaskError } from "../../errors.ts";
import { type RunParts, reasonOf, runOrThrow, runScript, type Wire } from "./host-run.ts";
import { namesDirectory } from "./paths.ts";
import type { Meter } from "./progress.ts";
import {
  commitFileScript,
  dropPartScript,
  type FilePlace,
  type FileUnit,
  lookScript,
  receiveFileScript,
  receiveTreeScript,
} from "./script.ts";
import { createSum, type SumTool } from "./sum.ts";
import { type NamedSource, readPieces, streamTar } from "./tar-stream.ts";
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
}

/** @throws TaskError for what the host refuses, and for what changes here meanwhile */
export async function putToHost(wire: Wire, { sources, path, fsync, signal, meter }: PutRequest): Promise<TransferOutcome> {
  meter.totalBytes = sum(sources.flatMap(({ entries }) => entries.map(({ size }) => size)));
  meter.totalFiles = sources.flatMap(({ entries }) => entries.filter(({ type }) => type === "file")).length;
  const alone = sources.filter((source) => !source.isDirectory && (sources.length === 1 || source.entries[0].size >= LARGE));
  const others = sources.filter((source) => !alone.includes(source));
  const units = alone.map(toUnit);
  const isMade = namesDirectory(path);
  const isDirectory = sources.length > 1 || isMade;
  const hasDirectory = sources.some((source) => source.isDirectory);
  const script = lookScript({ path, isDirectory, isMade }, hasDirectory, units, others.length > 0);
  const { stdout } = await runOrThrow(wire, script, { signal });
  const [kind, tool, ...parts] = stdout.trimEnd().split("\n") as [string, SumTool, ...string[]];
  const into = kind === "into";
  meter.begin();
  if (others.length > 0) {
    const named = others.map((source) => ({ source, name: into ? source.name : nameIn(path) }));
    await putTree(wire, { into, path }, named, tool, { fsync, signal, meter });
  }
  let resumed = 0;
  for (const [index, source] of alone.entries()) {
    const [entry] = source.entries;
    const place = { path, into, name: source.name };
    const unit = units[index] as FileUnit;
    const from = await findStart(entry, tool, parts, index);
    if (from !== undefined) {
      resumed += from.offset;
      meter.skipped += from.offset;
      meter.addBytes(from.offset);
    }
    await putFile(wire, place, { source, unit, tool, from, sums: hashOf(source, tool) }, { fsync, signal, meter });
  }
  return { tool, resumed };
}

type PutParts = Pick<PutRequest, "fsync" | "signal" | "meter">;

async function putTree(
  wire: Wire,
  place: Omit<FilePlace, "name">,
  named: readonly NamedSource[],
  tool: SumTool,
  { fsync, signal, meter }: PutParts,
): Promise<void> {
  const files = named.flatMap(({ source, name }) =>
    source.entries.flatMap(({ type, path }) => (type !== "file" ? [] : [path === "" ? name : `${name}/${path}`])),
  );
  const script = receiveTreeScript(place, tool, files.length > 0, fsync);
  const total = meter.bytes + sum(named.flatMap(({ source }) => source.entries.map(({ size }) => size)));
  // Headers and padding are none of the content.
  const onSent = (bytes: number): void => meter.addBytes(Math.min(bytes, total - meter.bytes));
  const ran = await runScript(wire, script, { signal, onSent, input: streamTar(named, tool, () => meter.addFile()) });
  if (ran.exitCode === 0) return;
  const damaged = [...ran.stdout.matchAll(/^damaged (\d+)$/gm)].map(([, line]) => files[Number(line) - 1]);
  throw new TaskError(`${reasonOf(ran)}${damaged.length > 0 ? `: ${damaged.slice(0, 10).join(", ")}` : ""}`);
}

interface FilePart {
  readonly source: Source;
  readonly unit: FileUnit;
  readonly tool: SumTool;
  readonly from: { readonly name: string; readonly offset: number } | undefined;
  readonly sums: Promise<string>;
}

async function putFile(
  wire: Wire,
  place: FilePlace,
  { source, unit, tool, from, sums }: FilePart,
  parts: PutParts,
): Promise<void> {
  const { signal, meter, fsync } = parts;
  const [entry] = source.entries;
  // Its failure is the reading's, which tells it.
  sums.catch(() => undefined);
  const sending: RunParts = { signal, input: readPieces(entry, from?.offset), onSent: (bytes) => meter.addBytes(bytes) };
  const { stdout } = await runOrThrow(wire, receiveFileScript(place, unit, tool, { from, fsync }), sending);
  const [part = "", found] = stdout.trimEnd().split("\n");
  const { mode, mtime } = entry;
  if (found !== (await sums)) {
    await runScript(wire, dropPartScript(place, part), { signal });
    throw new TaskError(`What has arrived of ${source.file} is not what was sent: the sums by ${tool} differ.`);
  }
  await runOrThrow(wire, commitFileScript(place, part, { mode, mtime }), { signal });
  meter.addFile();
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

/** One reading for all hosts. */
const sums = new WeakMap<Source, Map<SumTool, Promise<string>>>();

function hashOf(source: Source, tool: SumTool): Promise<string> {
  const known = sums.get(source) ?? new Map<SumTool, Promise<string>>();
  sums.set(source, known);
  const made = known.get(tool) ?? hashFile(source, tool);
  known.set(tool, made);
  return made;
}

async function hashFile({ entries: [entry] }: Source, tool: SumTool): Promise<string> {
  const sum = createSum(tool);
  for await (const piece of readPieces(entry)) sum.update(piece);
  return sum.digest();
}

function toUnit({ file, entries: [{ size, mtime }] }: Source): FileUnit {
  return { ident: short(file), version: short(`${size} ${mtime}`), size };
}

function short(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
