import type { EventOf } from "../runner/events.ts";
import { linesOf } from "./lines.ts";

/** A command as lines, the first `most` of them: its text behind a prompt, or a title that stands for it. */
export function commandLines(
  { command, titled }: Pick<EventOf<"commandStarted">, "command" | "titled">,
  most = Number.POSITIVE_INFINITY,
): readonly string[] {
  const lines = linesOf(command);
  if (titled === true) return lines.slice(0, most);
  const shown = lines.slice(0, most).map((line, index) => `${index === 0 ? "$" : " "} ${line}`);
  return lines.length > shown.length ? [...shown, `  … ${lines.length - shown.length} more lines`] : shown;
}
