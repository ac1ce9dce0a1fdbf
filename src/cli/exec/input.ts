import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { UsageError } from "../../errors.ts";
import type { CliInput } from "../terminal/io.ts";

/** Bytes that wait for hosts which have not read as far as others, before no more are taken in. */
const MOST = 67_108_864;

/** Standard input of `fake`, for the commands on all hosts. */
export interface SharedInput {
  /** All of it, for the command on this host: the same stream each time. */
  of(host: string): Readable;
  /** This host reads no more. */
  leave(host: string): void;
  /** Nobody does. */
  close(): void;
}

/** What is passed on to commands. @param willWait hosts that begin only when others have ended @returns undefined where there is nothing to pass on */
export function createSharedInput(stdin: CliInput, hosts: readonly string[], willWait: boolean): SharedInput | undefined {
  const { piped } = stdin;
  if (piped === undefined) return undefined;
  return piped.kind === "file" ? shareFile(piped) : shareStream(stdin.open(), hosts, willWait);
}

/** Each host reads the file for itself, as fast as it can. */
function shareFile({ fd, from }: { readonly fd: number; readonly from: number }): SharedInput {
  const streams = new Map<string, Readable>();
  return {
    of(host) {
      const stream = streams.get(host) ?? createReadStream("", { fd, start: from, autoClose: false });
      streams.set(host, stream);
      return stream;
    },
    leave: (host) => void streams.get(host)?.destroy(),
    close() {
      for (const stream of streams.values()) stream.destroy();
    },
  };
}

/** What was read is kept until the slowest host has it; the source waits for that host where that becomes too much. */
function shareStream(source: NodeJS.ReadableStream, hosts: readonly string[], willWait: boolean): SharedInput {
  const chunks: Buffer[] = [];
  /** Chunks that all hosts have. */
  let dropped = 0;
  let size = 0;
  let over: "end" | Error | undefined;
  const next = new Map(hosts.map((host) => [host, 0]));
  const streams = new Map<string, Readable>();
  const waiting = new Set<string>();

  const give = (host: string): void => {
    const stream = streams.get(host);
    const at = next.get(host);
    if (stream === undefined || at === undefined) return;
    const chunk = chunks[at - dropped];
    if (chunk !== undefined) {
      waiting.delete(host);
      next.set(host, at + 1);
      stream.push(chunk);
      drop();
    } else if (over === undefined) waiting.add(host);
    else if (over === "end") stream.push(null);
    else stream.destroy(over);
  };
  const drop = (): void => {
    const least = Math.min(...next.values());
    while (dropped < least && chunks.length > 0) {
      size -= chunks.shift()?.length ?? 0;
      dropped += 1;
    }
    if (size < MOST) source.resume();
    if (next.size === 0) close();
  };
  const tell = (): void => {
    for (const host of [...waiting]) give(host);
  };
  const end = (how: "end" | Error): void => {
    over ??= how;
    for (const [host, stream] of streams) if (how !== "end" && next.has(host)) stream.destroy(how);
    tell();
  };
  const take = (chunk: Buffer | string): void => {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size >= MOST) {
      // Hosts that wait for the end of others would wait for ever.
      if (willWait && [...next.keys()].some((host) => !streams.has(host))) end(tooMuch());
      else source.pause();
    }
    tell();
  };
  const close = (): void => {
    source.off("data", take);
    source.pause();
    if ("destroy" in source && typeof source.destroy === "function") source.destroy();
  };
  const leave = (host: string): void => {
    if (!next.delete(host)) return;
    waiting.delete(host);
    drop();
  };
  source.on("data", take);
  source.on("end", () => end("end"));
  source.on("error", end);
  source.on("close", () => end("end"));
  return {
    of(host) {
      const known = streams.get(host);
      if (known !== undefined) return known;
      const stream = new Readable({ read: () => give(host) }).on("close", () => leave(host));
      streams.set(host, stream);
      // It would take for all of it what is only the beginning.
      if (over instanceof Error) stream.destroy(over);
      return stream;
    },
    leave,
    close,
  };
}

function tooMuch(): UsageError {
  return new UsageError("STDIN_TOO_LARGE", "Standard input is larger than 64 MB, and hosts wait for their turn to read it.", {
    hint: "Give it as a file, `< file`, which each host reads for itself; or leave out --parallel.",
  });
}
