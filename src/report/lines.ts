import { neutralise } from "../command/neutralise.ts";

/** Cuts a stream of text into lines that are safe to show. */
export type Lines = ReturnType<typeof createLines>;

/** A line longer than this is cut into several, for eyes: memory stays bounded whatever a command prints. */
const LONGEST = 8192;

/** @param longest characters, after which a line is cut */
export function createLines(longest = LONGEST) {
  let rest = "";
  return {
    /** Lines that are complete now. */
    push(text: string): readonly string[] {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      const lines = parts.map(shown);
      while (rest.length > longest) {
        lines.push(shown(rest.slice(0, longest)));
        rest = rest.slice(longest);
      }
      return lines;
    },
    /** The unfinished line, if there is one. */
    flush(): readonly string[] {
      const last = rest;
      rest = "";
      return last === "" ? [] : [shown(last)];
    },
  };
}

/** Lines of a text that is there as a whole. */
export function linesOf(text: string): readonly string[] {
  const lines = createLines();
  return [...lines.push(text), ...lines.flush()];
}

/** A progress bar draws over itself with carriage returns: its last state is what a person would see. */
function shown(line: string): string {
  const states = line.split("\r").filter((state) => state !== "");
  return neutralise(states.at(-1) ?? "");
}
