/** What differs of a local directory, to one host. */
import { TaskError } from "../../errors.ts";
import { type CompareHow, type FarEntry, findChanges } from "./changes.ts";
import type { IsExcluded } from "./exclude.ts";
import { runOrThrow, runScript, type Wire } from "./host-run.ts";
import type { TransferOutcome } from "./outcome.ts";
import { explainTree, filesOf } from "./parcel.ts";
import { eachOf } from "./pieces.ts";
import { LARGE, type PutParts, putFile, toUnit } from "./put.ts";
import { lookScript, readLook } from "./script.ts";
import { createSum, type SumTool } from "./sum.ts";
import { changeLines, findListEnd, GO, type Listing, readListing, sumsScript, syncScript } from "./sync-script.ts";
import { type ArchiveLines, type NamedSource, readPieces, streamTar } from "./tar-stream.ts";
import type { Source, TreeEntry } from "./tree.ts";

export interface SyncRequest extends PutParts {
  readonly source: Source;
  readonly path: string;
  readonly delete: boolean;
  readonly checksum: boolean;
  readonly isExcluded: IsExcluded;
}

/** @throws TaskError for what the host refuses, and for what changes here meanwhile */
export async function syncToHost(wire: Wire, request: SyncRequest): Promise<TransferOutcome> {
  const { path, fsync, signal, meter } = request;
  const list = new List();
  let plan: SyncPlan | undefined;
  let total = 0;
  const input = async function* (): AsyncGenerator<Buffer> {
    const listing = await list.whole;
    if (listing === undefined) return;
    plan = await planSync(wire, listing, request);
    const { named, lines, tool, isNothing } = plan;
    if (isNothing) return;
    total = meter.bytes + named.reduce((sum, { source }) => source.entries.reduce((all, { size }) => all + size, sum), 0);
    yield GO;
    yield* streamTar(named, tool, () => meter.addFile(), lines);
  };
  const onSent = (bytes: number): void => meter.addBytes(Math.min(bytes, total - meter.bytes));
  const read = (output: AsyncIterable<readonly Buffer[]>): Promise<void> => list.read(eachOf(output));
  const ran = await runScript(wire, syncScript(path, request.delete, fsync), { signal, input: input(), onSent, read });
  if (ran.exitCode !== 0 || plan === undefined) throw explainTree({ ...ran, stdout: list.rest }, filesOf(plan?.named ?? []));
  let resumed = 0;
  for (const entry of plan.alone) resumed += await putLarge(wire, entry, plan.root, request);
  const { tool, unchanged, deleted } = plan;
  return { tool, resumed, unchanged, deleted };
}

/** What a host says: its list, as soon as that is whole, and what is behind it. */
class List {
  rest = "";
  /** Undefined where it never was. */
  readonly whole: Promise<Listing | undefined>;
  #settle: (listing: Listing | undefined) => void = () => undefined;

  constructor() {
    this.whole = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  async read(output: AsyncIterable<Buffer>): Promise<void> {
    try {
      const chunks: Buffer[] = [];
      let size = 0;
      let length: number | undefined;
      let tail: Buffer = Buffer.alloc(0);
      for await (const chunk of output) {
        chunks.push(chunk);
        size += chunk.length;
        if (length !== undefined) continue;
        const last = Buffer.concat([tail, chunk]);
        const end = findListEnd(last);
        tail = last.subarray(-8);
        if (end === undefined) continue;
        length = size - last.length + end;
        this.#settle(readListing(Buffer.concat(chunks).subarray(0, length).toString()));
      }
      this.rest = Buffer.concat(chunks).subarray(length).toString();
    } finally {
      this.#settle(undefined);
    }
  }
}

interface SyncPlan {
  readonly root: string;
  readonly tool: SumTool;
  readonly named: readonly NamedSource[];
  readonly lines: ArchiveLines;
  readonly isNothing: boolean;
  /** Large files, which can be continued. */
  readonly alone: readonly TreeEntry[];
  readonly unchanged: number;
  readonly deleted: readonly string[];
}

async function planSync(wire: Wire, { root, tool, entries: far }: Listing, request: SyncRequest): Promise<SyncPlan> {
  const { source, isExcluded, signal, meter } = request;
  const local = source.entries.slice(1);
  const isSame = request.checksum ? await compareSums(wire, { local, far, root, tool }, signal) : hasSameTime;
  const changes = findChanges(local, far, { delete: request.delete, isExcluded, isSame });
  const { send, clear, remove, mend, same } = changes;
  const files = send.filter(({ type }) => type === "file");
  meter.totalBytes = files.reduce((total, { size }) => total + size, 0);
  meter.totalFiles = files.length;
  meter.begin();
  // In the place of a link, a file by itself would go where that leads.
  const isLink = new Set(far.flatMap((entry) => (entry.type === "link" ? [entry.path] : [])));
  const alone = files.filter((entry) => entry.size >= LARGE && !isLink.has(entry.path));
  const entries = send.filter((entry) => !alone.includes(entry));
  const named = [{ source: { file: source.file, entries }, name: "." }];
  const isNothing = entries.length + clear.length + remove.length + mend.length === 0;
  return { root, tool, named, lines: changeLines(changes), isNothing, alone, unchanged: same, deleted: remove };
}

function hasSameTime(here: TreeEntry, there: FarEntry): boolean {
  return here.mtime === there.mtime;
}

async function putLarge(wire: Wire, entry: TreeEntry, root: string, parts: PutParts): Promise<number> {
  const source: Source = { name: "", file: entry.file, entries: [{ ...entry, path: "" }], isDirectory: false };
  const place = { path: `${root}/${entry.path}`, into: false, name: "" };
  const unit = toUnit(source);
  const script = lookScript({ path: place.path, isDirectory: false, isMade: false }, false, [unit], false);
  const { tool, found } = readLook((await runOrThrow(wire, script, parts)).stdout);
  return await putFile(wire, place, { source, unit, tool, found: found[0] }, parts);
}

interface Candidates {
  readonly local: readonly TreeEntry[];
  readonly far: readonly FarEntry[];
  readonly root: string;
  readonly tool: SumTool;
}

/** Only files of one size can be the same: no others are read. */
async function compareSums(
  wire: Wire,
  { local, far, root, tool }: Candidates,
  signal: AbortSignal,
): Promise<CompareHow["isSame"]> {
  const sizes = new Map(far.flatMap(({ path, type, size }) => (type === "file" ? [[path, size] as const] : [])));
  const files = local.filter(({ type, path, size }) => type === "file" && sizes.get(path) === size);
  if (files.length === 0) return () => false;
  const input = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from(files.map(({ path }) => `./${path}\0`).join(""));
  };
  const { stdout } = await runOrThrow(wire, sumsScript(root, tool), { signal, input: input() });
  const sums = stdout.trimEnd().split("\n");
  if (sums.length !== files.length) throw new TaskError(`${root} has changed while it was read. Try again.`);
  const same = new Set<TreeEntry>();
  for (const [at, entry] of files.entries()) {
    const sum = createSum(tool);
    for await (const piece of readPieces(entry)) sum.update(piece);
    if (sum.digest() === sums[at]) same.add(entry);
  }
  return (here) => same.has(here);
}
