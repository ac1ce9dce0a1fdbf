import { type Keep, Output, type OutputEvent } from "../../src/process/output.ts";

/** An output, and what its handlers and targets have failed with. */
export function someOutput(keep: Keep = "all") {
  const errors: unknown[] = [];
  const output = new Output("stdout", { keep, onHandlerError: (error) => errors.push(error) });
  return { output, errors, say: (text: string) => output.push(Buffer.from(text)) };
}

export const textOf = (event: OutputEvent): string => (event.eof ? "END" : event.text);
