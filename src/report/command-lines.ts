import { linesOf } from "./lines.ts";

/** What there is to see of a command: its text behind a prompt, or a title that stands for it. */
export interface ShownCommand {
  readonly command: string;
  readonly titled?: boolean | undefined;
}

/** A command as lines, the first `most` of them. */
export function commandLines({ command, titled }: ShownCommand, most = Number.POSITIVE_INFINITY): readonly string[] {
  const lines = linesOf(command);
  if (titled === true) return lines.slice(0, most);
  const shown = lines.slice(0, most).map((line, index) => `${index === 0 ? "$" : " "} ${line}`);
  return lines.length > shown.length ? [...shown, `  … ${lines.length - shown.length} more lines`] : shown;
}
