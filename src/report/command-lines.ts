import type { EventOf } from "../runner/events.ts";
import { linesOf } from "./lines.ts";
import { shortenPaths } from "./shorten-paths.ts";

/** What is done before a command, as `displayCommand` writes it: directory, umask, variables. */
const CONTEXT = /^((?:sudo -u|doas -u|su) \S+ ')?(?:(?:cd|umask|export) (?:'\\''|\\.|'[^']*'|[^'&;|\n\\])+ && )+/;

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

/** A command for a row of a screen: its first line that says something, with short paths. */
export function commandRow(command: string): string {
  const [first = "", second = ""] = linesOf(shortenPaths(command)).filter((line) => line.trim() !== "");
  return first.endsWith("(") ? first + second.trimStart() : first;
}

/** The same for a row that is too narrow for it: where and with which variables it runs is left out first. */
export function withoutContext(row: string): string {
  const asOther = row.replace(/^((?:sudo|doas) -u \S+)(?: -H)? -- sh -c '|^(su) -s \/bin\/sh( \S+) -c '/, "$1$2$3 '");
  return asOther.replace(CONTEXT, "$1… ");
}
