/** A command's standard input, sent behind its script. */
import type { Writable } from "node:stream";
import type { Command } from "../../command/command.ts";
import { Secret } from "../../command/secret.ts";

/** What a terminal takes for the end of the input at the start of a line; within a line, for the end of what is to be read at once. */
const END_OF_INPUT = "\u0004";

export interface FeedOptions {
  /** The end is a character, and the stream stays open: a terminal hangs up when it closes. */
  readonly terminal: boolean;
  /** The source failed: the command must not take what has come for all of it. */
  readonly onError: (error: Error) => void;
}

export function feedInput(stdin: Writable, input: Command["stdin"], options: FeedOptions): void {
  const end = (isLineOpen: boolean): void => {
    if (options.terminal) stdin.write(isLineOpen ? END_OF_INPUT + END_OF_INPUT : END_OF_INPUT);
    else stdin.end();
  };
  if (isStream(input)) {
    feedStream(stdin, input, { end, onError: options.onError });
    return;
  }
  const content = input instanceof Secret ? input.reveal() : (input ?? "");
  if (content.length > 0) stdin.write(content);
  end(opensLine(content));
}

/** True when a line has begun at its end. */
function opensLine(content: string | Uint8Array): boolean {
  const last = content.at(-1);
  return last !== undefined && last !== "\n" && last !== 10;
}

function isStream(input: Command["stdin"]): input is NodeJS.ReadableStream {
  return typeof input === "object" && !(input instanceof Uint8Array) && !(input instanceof Secret);
}

interface FeedEnd {
  end(isLineOpen: boolean): void;
  onError(error: Error): void;
}

function feedStream(stdin: Writable, source: NodeJS.ReadableStream, then: FeedEnd): void {
  let ended = false;
  let isLineOpen = false;
  source.on("data", (chunk: string | Uint8Array) => {
    if (chunk.length > 0) isLineOpen = opensLine(chunk);
  });
  source.once("error", (error: Error) => then.onError(error));
  source.once("end", () => {
    ended = true;
    then.end(isLineOpen);
  });
  source.once("close", () => {
    if (!ended) then.onError(new Error("The stream given as standard input was closed before its end."));
  });
  source.pipe(stdin, { end: false });
  // Nobody reads any more: let go of the file or socket behind the source.
  stdin.once("close", () => {
    source.unpipe(stdin);
    if (!ended && "destroy" in source && typeof source.destroy === "function") source.destroy();
  });
}
