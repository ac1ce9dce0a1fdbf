import type { Command } from "./command.ts";
import { changeDirectory } from "./compose.ts";
import { neutralise } from "./neutralise.ts";
import { quote, quoteWord } from "./quote.ts";
import { Secret } from "./secret.ts";

/**
 * A command as people see it: its title, or its text with the context written out, fit to be pasted into a shell.
 * Secrets are `[redacted]`, control characters visible.
 */
export function displayCommand(command: Command): string {
  if (command.title !== undefined) return neutralise(command.title);
  const parts: string[] = [];
  if (command.cwd !== undefined) parts.push(changeDirectory(command.cwd).replace("cd -- ", "cd "));
  if (command.umask !== undefined) parts.push(`umask ${command.umask}`);
  const vars = Object.entries(command.vars ?? {});
  if (vars.length > 0) parts.push(`export ${vars.map(shown).join(" ")}`);
  parts.push(...(command.prefixes ?? []), command.text);
  const text = parts.length === 1 ? command.text : parts.map(asOne).join(" && ");
  return neutralise(command.user === undefined ? text : `sudo -u ${quoteWord(command.user)} -H -- sh -c ${quote(text)}`);
}

/** Text that `&&` takes for one command: what comes after the first of several must not run where the directory is missing. */
function asOne(text: string): string {
  if (/\n|(?:^|\s)#/.test(text)) return `(\n${text}\n)`;
  return /;|\|\||(?<![&><])&(?![&>])/.test(text) ? `(${text})` : text;
}

function shown([name, value]: readonly [string, string | Secret]): string {
  return `${name}=${value instanceof Secret ? String(value) : quoteWord(value)}`;
}
