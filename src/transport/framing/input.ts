/** A command's standard input, sent behind its script. */
import { finished, type Writable } from "node:stream";
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

export function feedInput(stdin: Writable, input: Command["stdin"], { terminal, onError }: FeedOptions): void {
  let isLineOpen = false;
  const look = (chunk: string | Uint8Array): void => {
    const last = chunk.at(-1);
    if (last !== undefined) isLineOpen = last !== "\n" && last !== 10;
  };
  const end = (): void => {
    if (terminal) stdin.write(isLineOpen ? END_OF_INPUT + END_OF_INPUT : END_OF_INPUT);
    else stdin.end();
  };
  if (!isStream(input)) {
    const content = input instanceof Secret ? input.reveal() : (input ?? "");
    look(content);
    if (content.length > 0) stdin.write(content);
    end();
    return;
  }
  // Nobody reads any more, which is for the command to judge: let go of the file or socket behind the source.
  let hasLetGo = false;
  const letGo = (): void => {
    hasLetGo = true;
    input.unpipe(stdin);
    if ("destroy" in input && typeof input.destroy === "function") input.destroy();
  };
  stdin.once("close", letGo);
  finished(input, { writable: false }, (error) => {
    stdin.off("close", letGo);
    if (hasLetGo) return;
    if (error == null) end();
    else onError(error.code === "ERR_STREAM_PREMATURE_CLOSE" ? new Error(CLOSED) : error);
  });
  input.on("data", look).pipe(stdin, { end: false });
}

const CLOSED = "The stream given as standard input was closed before its end.";

function isStream(input: Command["stdin"]): input is NodeJS.ReadableStream {
  return typeof input === "object" && !(input instanceof Uint8Array) && !(input instanceof Secret);
}
